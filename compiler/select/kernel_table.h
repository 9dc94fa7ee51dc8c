//===- kernel_table.h - The kernels that there are ------------------------===//
//
// A kernel family is a layout with one kernel for single tokens and one for blocks of tokens: the weights are packed once and both step
// functions read them. Adding a kernel is a row here, a lowering case and an assembly test (docs/add-a-kernel.md).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "dialects/ternary/Ternary.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace tern {

struct KernelFamily {
  llvm::StringRef name;                     ///< as in --kernel and in remarks
  ternary::Strategy strategy;
  Layout layout;
  ternary::UnpackMode unpackOne, unpackBlock; ///< for one token, for a block of tokens
  int64_t tokenBlock;                       ///< tokens in registers at a time
  int64_t prefetch;                         ///< bytes ahead, for one token
  llvm::ArrayRef<llvm::StringRef> features; ///< all of these are needed
  double bitsPerWeight;
  double weightsPerCycle; ///< one core, from its own issue ports: the cost model's figure
};

llvm::ArrayRef<KernelFamily> kernelFamilies();

/// Null when there is none of that name.
const KernelFamily *findKernelFamily(llvm::StringRef name);

} // namespace tern
