//===- step_graph.cpp - What the passes of this phase ask of a step graph --===//
#include "compiler/tile/step_graph.h"

#include "dialects/ternary/Ternary.h"

using namespace mlir;

namespace tern {

bool isStepGraph(func::FuncOp func) {
  return !func.isExternal() && func.getNumArguments() > 0 &&
         isa<RankedTensorType>(func.getArgument(0).getType());
}

int64_t tokenBound(func::FuncOp graph) {
  return cast<RankedTensorType>(graph.getArgument(0).getType()).getDimSize(0);
}

bool isStage(Operation *op) {
  return op->getNumResults() > 0 && !op->hasTrait<OpTrait::ConstantLike>() &&
         isa<RankedTensorType, decoder::CacheType>(op->getResult(0).getType());
}

decoder::PartitionAttr partitionOf(Operation *op) {
  return op->getAttrOfType<decoder::PartitionAttr>(kPartitionAttr);
}

bool readsOwnShareOnly(Operation *op, Value operand) {
  decoder::PartitionAttr part = partitionOf(op);
  if (part.getKind() == decoder::PartitionKind::Tokens)
    return isa<decoder::RmsNormOp, decoder::RmsNormQuantizeOp, ternary::QuantizeOp>(op);
  if (auto rescale = dyn_cast<ternary::RescaleOp>(op))
    return operand == rescale.getAcc(); // the steps of all tokens are read
  return isa<decoder::RopeOp, decoder::CacheAppendOp, decoder::GateOp, decoder::AddBiasOp>(op) ||
         op->hasTrait<OpTrait::Elementwise>();
}

} // namespace tern
