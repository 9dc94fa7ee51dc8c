//===- kernel_set.h - What a file of compiler/kernels adds -----------------===//
#pragma once

#include "compiler/kernels/kernel_table.h"
#include "compiler/kernels/kernels.h"

#include "mlir/IR/DialectRegistry.h"

namespace tern {

/// What a tuner looks for kernels for.
struct KernelSearch {
  mlir::MLIRContext *context;
  Layout layout;
  int64_t columns; ///< of the product
  int64_t block;   ///< most tokens in one call
  int64_t width;   ///< bytes of the vectors of the family's kernels
};

using KernelList = llvm::SmallVector<ternary::KernelAttr>;

/// Bytes ahead that weights are prefetched in a search.
inline constexpr int64_t kPrefetches[] = {0, 512, 1024, 2048, 4096, 8192};
/// Tokens of a block whose sums are in registers.
inline constexpr int64_t kTokens[] = {1, 2, 4, 6, 8};

} // namespace tern

#include "compiler/kernels/support/KernelLowering.h.inc"

namespace tern {

/// Lists the kernels that are worth timing on blocks of tokens, whatever others the family has. Those that the layout,
/// the block or the registers do not admit may be among them.
using BlockKernels = void (*)(const KernelSearch &search, KernelList &list);

/// A kernel and the pass that builds its loops.
struct KernelKind {
  llvm::StringLiteral pass, summary; ///< `--ternary-tile-lanes`, and what its help says
  mlir::TypeID attribute;
  void (*attach)(mlir::MLIRContext &context);
  void (*addDialects)(mlir::DialectRegistry &registry); ///< of what it builds, beside those that all build
  BlockKernels blocks;                                  ///< null: blocks gain nothing, and are varied as one token is
};

struct KernelSet {
  /// The kernel Attr is built by Model, a KernelModel<Model, Attr>.
  template <typename Attr, typename Model>
  void add(llvm::StringLiteral pass, llvm::StringLiteral summary, BlockKernels blocks = nullptr) {
    kinds.push_back({pass, summary, mlir::TypeID::get<Attr>(),
                     [](mlir::MLIRContext &context) { Attr::template attachInterface<Model>(context); },
                     Model::addDialects, blocks});
  }

  void addFamilies(llvm::ArrayRef<KernelFamily> more) { families.insert(families.end(), more.begin(), more.end()); }

  std::vector<KernelKind> kinds;
  std::vector<KernelFamily> families;
};

/// The kernels and families of all files of this folder; families in the order of kernelFamilies().
const KernelSet &allKernels();

/// The base of the models of KernelLowering: `Tiling(gemm, kernel).build()` makes the loops, and there is nothing to
/// vary.
template <typename Model, typename Attr, typename Tiling>
struct KernelModel : KernelLowering::ExternalModel<Model, Attr> {
  void build(mlir::Attribute kernel, ternary::GemmOp gemm) const { Tiling(gemm, mlir::cast<Attr>(kernel)).build(); }
  void vary(mlir::Attribute, const KernelSearch &, KernelList &) const {}
  static void addDialects(mlir::DialectRegistry &) {}
};

} // namespace tern
