//===- kernel_bench.h - One product kernel alone, on cold weights ------------===//
#pragma once

#include "lib/base/result.h"
#include "lib/object/manifest.h"
#include "lib/trit/product.h"
#include "runtime/measure/bench/ceilings.h"
#include "runtime/measure/bench/statistics.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tern {

/// A kernel to time and what to call it.
struct NamedKernel {
  std::string family; ///< "dot2-v64"
  ProductKernel kernel;
  double density = 1; ///< fraction of columns whose codes are not zero
};

struct KernelBenchOptions {
  std::vector<int64_t> threads = {1, 2};
  int64_t repetitions = 5;
  uint64_t coldBytes = 384u << 20; ///< of copies of the weights, which one run walks through
  /// Told before each timed run, for a person who waits.
  std::function<void(size_t done, size_t total)> progress;
};

/// What one kernel did with one number of threads.
struct KernelFigures {
  std::string family, variant, layout;
  int64_t rows = 0, columns = 0, tokens = 0, threads = 0;
  double density = 1;
  double bytes = 0, macs = 0; ///< of one call: packed weights, codes and sums; multiply-adds
  bool lossy = false;         ///< sums may be off by byteTableError (lib/trit/table.h)
  int64_t wrong = 0;   ///< sums that differ from the scalar product, by more than the bound where tables are bytes
  Sample seconds;      ///< of one call
  double roofline = 0; ///< seconds: max(bytes / bandwidth, macs / dot peak)

  double gmacs() const { return macs / seconds.median() * 1e-9; }
  double gigabytes() const { return bytes / seconds.median() * 1e-9; }
  double ofRoofline() const { return roofline / seconds.median(); }
  Json toJson() const;
};

struct KernelReport {
  std::vector<Ceilings> ceilings; ///< one for each number of threads
  std::vector<KernelFigures> kernels;

  /// {"version", "cpu", "ceilings": [...], "kernels": [...]}
  Json toJson() const;
};

/// The distinct shapes of a model's ternary weights, "ROWSxCOLUMNS", in their order.
std::vector<std::string> productShapes(const Manifest &manifest);

/// Checks every kernel against the scalar product and times it in interleaved rounds, together with the machine's
/// ceilings. Each timed run calls the kernel on copy after copy of the weights, which are together larger than the
/// caches; all threads meet after each call as in a model's step.
Result<KernelReport> benchKernels(std::span<const NamedKernel> kernels, const KernelBenchOptions &options);

} // namespace tern
