//===- tern-bench-no-compiler.cpp - --kernels in a build without LLVM ---------===//
#include "tools/tern-bench-kernels.h"

namespace tern {

Result<KernelReport> benchRequestedKernels(const KernelRequest &, const KernelBenchOptions &) {
  return Error{"--kernels compiles kernels, and this tern-bench was built without the compiler; build it with the "
               "release preset"};
}

} // namespace tern
