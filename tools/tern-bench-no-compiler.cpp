//===- tern-bench-no-compiler.cpp - --kernels in a build without LLVM ---------===//
#include "tools/tern-bench-kernels.h"

namespace tern {

static Error needsCompiler(const char *option) {
  return {std::string(option) +
          " asks the compiler, without which this tern-bench was built; build it with the release "
          "preset"};
}

Result<KernelReport> benchRequestedKernels(const KernelRequest &, const KernelBenchOptions &) {
  return needsCompiler("--kernels");
}

Result<std::string> listKernels(const KernelRequest &) { return needsCompiler("--list-kernels"); }

std::string_view llvmVersion() { return {}; }

} // namespace tern
