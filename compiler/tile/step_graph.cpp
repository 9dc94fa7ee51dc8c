//===- step_graph.cpp - What the passes of this phase ask of a step graph --===//
#include "compiler/tile/step_graph.h"

using namespace mlir;

namespace tern {

bool isStepGraph(func::FuncOp func) {
  return !func.isExternal() && func.getNumArguments() > 0 && isa<RankedTensorType>(func.getArgument(0).getType());
}

bool holdsTokens(func::FuncOp graph) {
  return !cast<RankedTensorType>(graph.getArgument(0).getType()).getElementType().isInteger(8);
}

bool isReturned(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) { return isa<func::ReturnOp>(user); });
}

bool returnsLogits(Value result) {
  auto graph = result.getParentBlock()->getParentOp();
  auto first = cast<RankedTensorType>(cast<func::FuncOp>(graph).getArgument(0).getType());
  bool beginsWithHidden = first.getRank() == 2 && first.getElementType().isF32();
  return beginsWithHidden || isa_and_nonnull<decoder::LinearOp>(result.getDefiningOp());
}

int64_t tokenBound(func::FuncOp graph) { return cast<RankedTensorType>(graph.getArgument(0).getType()).getDimSize(0); }

bool isOperator(Operation *op) {
  return op->getNumResults() > 0 && !op->hasTrait<OpTrait::ConstantLike>() &&
         isa<RankedTensorType, decoder::CacheType>(op->getResult(0).getType());
}

bool isView(Operation *op) {
  auto known = dyn_cast<step::StepOperator>(op);
  return known && known.isView();
}

LogicalResult requirePartitions(func::FuncOp graph) {
  for (Operation &op : graph.getOps())
    if (isOperator(&op) && !isView(&op) && !step::partitionOf(&op))
      return op.emitOpError("has no step.partition; run decoder-partition-threads first");
  return success();
}

std::string stageName(Operation *op) {
  std::string kind = op->getName().stripDialect().str();
  for (Operation *at = op; at;) {
    auto known = dyn_cast<step::StepOperator>(at);
    if (!known)
      break;
    if (StringRef symbol = known.stageSymbol(); !symbol.empty())
      return kind + " " + symbol.str();
    Value operand = known.stageOperand();
    at = operand ? operand.getDefiningOp() : nullptr;
  }
  return kind;
}

bool isInline(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  return op && op->hasAttr(step::kInlineAttr);
}

} // namespace tern
