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

/// A size of an operation for which the target has no instruction.
struct WithoutInstruction {
  std::string size;                 ///< "16 bytes"
  std::vector<FeatureSet> features; ///< one of these would bring one
};

/// Remarks "portable" of the pass `category`, one for each function and size: how many `Op`s become plain arithmetic
/// there because the target lacks the instruction, and the features that would bring one. `lacks` gives nothing for an
/// operation that has one.
void remarkPortable(mlir::ModuleOp module, llvm::StringRef operation, llvm::StringRef category,
                    llvm::function_ref<std::optional<WithoutInstruction>(mlir::Operation *, const TargetInfo &)> lacks);

} // namespace tern
