//===- tern-bench-kernels.h - Which kernels tern-bench --kernels measures -----===//
#pragma once

#include "lib/base/result.h"
#include "runtime/measure/bench/kernel_bench.h"

#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// The options of --kernels. Empty texts ask for all.
struct KernelRequest {
  std::vector<std::string> shapes; ///< "ROWSxCOLUMNS"; none: those of BitNet b1.58 2B4T
  int64_t tokens = 1;
  std::vector<std::string> families;
  std::string strategy, layout, cpu = "host";
  /// Files that change the kernels (compiler/steps/kernels/kernel_changes.h): then each is measured as it is and
  /// changed.
  std::string transform, kernelLibrary;
  double density = 1;
};

/// Compiles the kernels in this process and measures them. Without the compiler half it is an error that says what is
/// needed.
Result<KernelReport> benchRequestedKernels(const KernelRequest &request, const KernelBenchOptions &options);

/// The kernel families for the CPU as a table: name, strategy, layout, bits a weight, and whether it is exact.
Result<std::string> listKernels(const KernelRequest &request);

/// Of the compiler that is built in, for --version; empty without one.
std::string_view llvmVersion();

} // namespace tern
