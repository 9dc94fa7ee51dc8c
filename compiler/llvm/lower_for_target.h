//===- lower_for_target.h - Lowering an operation to a target's instructions ===//
#pragma once

#include "compiler/pass_statistic.h"
#include "compiler/target/instructions.h"
#include "compiler/target/target.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace tern {

/// Rewrites every `Op` of the module by `Pattern(context, target)` and counts them. An error where the module does not
/// say its target: the portable form would be correct, but nobody asks for it by leaving the target out.
template <typename Op, typename Pattern>
mlir::LogicalResult lowerForTarget(mlir::ModuleOp module, PassStatistic &lowered) {
  Result<TargetInfo> target = getTarget(module);
  if (!target)
    return module.emitError() << "has no llvm.target attribute, so the instructions for " << Op::getOperationName()
                              << " are not known";
  lowered += countOps<Op>(module);
  mlir::RewritePatternSet patterns(module.getContext());
  patterns.add<Pattern>(module.getContext(), *target);
  mlir::walkAndApplyPatterns(module, std::move(patterns));
  return mlir::success();
}

} // namespace tern
