//===- step_graph.cpp - What the passes of this phase ask of a step graph --===//
#include "compiler/steps/plan/step_graph.h"

using namespace mlir;

namespace tern {

bool isStepGraph(func::FuncOp func) {
  return !func.isExternal() && func.getNumArguments() > 0 && isa<RankedTensorType>(func.getArgument(0).getType());
}

bool isReturned(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) { return isa<func::ReturnOp>(user); });
}

int64_t tokenBound(func::FuncOp graph) {
  SmallVector<step::Port> ports = step::portsOf(graph);
  for (const step::Port &port : ports)
    if (port.port.getExtent() == step::PortExtent::Rows)
      return port.type.getDimSize(0);
  return ports.empty() ? cast<RankedTensorType>(graph.getArgument(0).getType()).getDimSize(0) : 1;
}

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
