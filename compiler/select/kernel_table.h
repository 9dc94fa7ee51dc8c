//===- kernel_table.h - The kernels that there are ------------------------===//
//
// A kernel family is a layout with one kernel for single tokens and one for blocks of tokens: the weights are packed
// once and both step functions read them. Adding a kernel is a row here, a lowering case and an assembly test
// (docs/add-a-kernel.md).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/target/cpu_facts.h"
#include "dialects/ternary/Ternary.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace tern {

/// The parameters of #ternary.kernel, with its defaults.
struct KernelParameters {
  ternary::Strategy strategy = ternary::Strategy::Dot;
  ternary::UnpackMode unpack = ternary::UnpackMode::Mask;
  int64_t tokens = 1, unroll = 1, prefetch = 0, width = 16, stretch = 0, rows = 0, skipBelow = 0;
  ternary::TableRange range = ternary::TableRange::Mirrored;
  ternary::TableForm form = ternary::TableForm::Halves;

  ternary::KernelAttr toAttr(mlir::MLIRContext *context) const {
    return ternary::KernelAttr::get(context, strategy, unpack, tokens, unroll, prefetch, width, stretch, rows,
                                    skipBelow, range, form);
  }
};

struct KernelFamily {
  llvm::StringRef name; ///< as in --kernel and in remarks
  Layout layout;
  KernelParameters one, block; ///< for one token; for a block of tokens, block.tokens of them in registers at a time
  llvm::ArrayRef<std::string_view> features; ///< all of these are needed
  CpuFact fetch = nullptr;                   ///< what decides one.prefetch on CPUs where it was measured
  CpuFact skipBelow = nullptr;               ///< and one.skipBelow
  double bitsPerWeight;
  double weightsPerCycle;       ///< one token on one core, from its own issue ports
  double blockMacsPerCycle = 0; ///< multiply-adds of `block`, where they are so many more that this decides
  bool automatic = true; ///< chosen unasked; others, such as lookups, which gain nothing from blocks of tokens, are
                         ///< taken when they are named
  bool exact = true;     ///< int32 sums equal the scalar ones; only an exact family is chosen unasked

  /// The cost model's figure: cycles per 1,000 weights of one token on one core, the slower of issue and memory, when
  /// this fraction of the token's codes is not zero.
  double cost(double density = 1) const;
  /// Cycles per 1,000 multiply-adds of a block of tokens: of families that cost one token the same, the least is
  /// chosen.
  double blockCost() const;
};

llvm::ArrayRef<KernelFamily> kernelFamilies();

/// The family that has this name or had it before; null when there is none.
const KernelFamily *findKernelFamily(llvm::StringRef name);

} // namespace tern
