//===- kernel_table.h - The kernel families that there are -----------------===//
//
// A kernel family is a layout with one kernel for single tokens and one for blocks of tokens: the weights are packed
// once and both step functions read them. Families stand beside the kernel of their single tokens, in the files of this
// folder (docs/add-a-kernel.md); what their names say is in support/family_name.h.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/target/cpu_facts.h"
#include "dialects/ternary/Ternary.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <functional>

namespace tern {

/// Makes a kernel of a family, with what was measured on a CPU.
using MakeKernel = std::function<ternary::KernelAttr(mlir::MLIRContext *context, const CpuFacts &facts)>;

/// What the products with a weight ask of its kernels.
struct ProductTraits {
  double density = 1;  ///< fraction of a token's codes that the cost model takes for not zero
  int64_t group = 0;   ///< columns that share a scale inside the sum; 0: none
  int64_t planes = 1;  ///< bytes of a code
  bool embeds = false; ///< rows are read besides (ternary.embed)
};

struct KernelFamily {
  llvm::StringRef name; ///< as in --kernel and in remarks
  Layout layout;
  MakeKernel one, block;                     ///< for one token; for a block of tokens
  llvm::ArrayRef<std::string_view> features; ///< all of these are needed
  double bitsPerWeight;
  double weightsPerCycle;       ///< one token on one core, from its own issue ports
  double blockMacsPerCycle = 0; ///< multiply-adds of `block`, where they are so many more that this decides
  int64_t skipBelow = 0;        ///< up to so many percent of codes that are not zero, only their weights are read
  bool automatic = true; ///< chosen unasked; others, such as lookups, which gain nothing from blocks of tokens, are
                         ///< taken when they are named

  // What the kernels say of themselves; the table fills it in.
  llvm::StringRef strategy = {}; ///< of both
  int64_t blockTokens = 0;       ///< that `block` has in registers at a time
  bool exact = false;            ///< int32 sums equal the scalar ones; only an exact family is chosen unasked
  bool scalesGroups = false;     ///< sums of both meet scales of groups of columns
  bool takesPlanes = false;      ///< `one` has a form for several rows of codes, which read the weights once

  /// The cost model's figure: cycles per 1,000 weights of one token on one core, the slower of issue and memory, for
  /// such products.
  double cost(const ProductTraits &traits = {}) const;
  /// Cycles per 1,000 multiply-adds of a block of tokens: of families that cost one token the same, the least is
  /// chosen.
  double blockCost() const;
};

/// Those that are chosen unasked before the others, by their names.
llvm::ArrayRef<KernelFamily> kernelFamilies();

/// The family that has this name or had it before; null when there is none.
const KernelFamily *findKernelFamily(llvm::StringRef name);

} // namespace tern
