//===- step_graph.cpp - What the passes of this phase ask of a step graph --===//
#include "compiler/tile/step_graph.h"

#include "dialects/ternary/Ternary.h"

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

decoder::PartitionAttr partitionOf(Operation *op) { return op->getAttrOfType<decoder::PartitionAttr>(kPartitionAttr); }

LogicalResult requirePartitions(func::FuncOp graph) {
  for (Operation &op : graph.getOps())
    if (isOperator(&op) && !isa<decoder::TakeOutputsOp>(op) && !partitionOf(&op))
      return op.emitOpError("has no decoder.partition; run decoder-partition-threads first");
  return success();
}

/// The symbol of the weights or the cache that an operator names; the rotary table is all layers'.
static StringRef symbolOf(Operation *op) {
  if (isa<decoder::RopeOp>(op))
    return {};
  for (NamedAttribute attribute : op->getAttrs())
    if (auto symbol = dyn_cast<FlatSymbolRefAttr>(attribute.getValue()))
      return symbol.getValue();
  return {};
}

std::string stageName(Operation *op) {
  std::string kind = op->getName().stripDialect().str();
  // The last operand is the layer's own: in `residual + product` the product.
  for (Operation *at = op; at; at = at->getNumOperands() ? at->getOperands().back().getDefiningOp() : nullptr) {
    if (auto combine = dyn_cast<decoder::AttentionCombineOp>(at); combine && combine.getParts().getDefiningOp())
      at = combine.getParts().getDefiningOp();
    if (isa<decoder::AttentionOp, decoder::AttentionPagesOp>(at)) {
      at = at->getOperand(1).getDefiningOp(); // the keys' cache; the last operand is the position
      if (!at)
        break;
    }
    if (StringRef symbol = symbolOf(at); !symbol.empty())
      return kind + " " + symbol.str();
    if (isa<decoder::RopeOp>(at) && at->getOperand(0).getDefiningOp()) {
      if (StringRef symbol = symbolOf(at->getOperand(0).getDefiningOp()); !symbol.empty())
        return kind + " " + symbol.str();
      break;
    }
  }
  return kind;
}

bool isInline(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  return op && op->hasAttr(kInlineAttr);
}

bool readsOwnShareOnly(Operation *op, Value operand) {
  decoder::PartitionAttr part = partitionOf(op);
  if (part.getKind() == decoder::PartitionKind::Tokens)
    return isa<decoder::RmsNormOp, decoder::RmsNormQuantizeOp, ternary::QuantizeOp>(op);
  if (auto rescale = dyn_cast<ternary::RescaleOp>(op))
    return operand == rescale.getAcc(); // the steps of all tokens are read
  return isa<ternary::ScaleColumnsOp, decoder::RopeOp, decoder::CacheAppendOp, decoder::GateOp, decoder::AddBiasOp>(
             op) ||
         op->hasTrait<OpTrait::Elementwise>();
}

} // namespace tern
