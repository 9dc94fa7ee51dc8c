//===- lower_ops.h - What the passes of phase vector have in common --------===//
#pragma once

#include "compiler/vector/passes.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace tern {

/// Rewrites every op that `Pattern` is for below `root`; how many there were.
template <typename Op, typename Pattern> uint64_t lowerOps(mlir::Operation *root) {
  uint64_t count = countOps<Op>(root);
  mlir::RewritePatternSet patterns(root->getContext());
  patterns.add<Pattern>(root->getContext());
  mlir::walkAndApplyPatterns(root, std::move(patterns));
  return count;
}

} // namespace tern
