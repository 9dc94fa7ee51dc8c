//===- operator_builder.cpp - What an operator is lowered with -------------===//
#include "compiler/steps/lowering/operator_builder.h"

#include "compiler/steps/plan/step_graph.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

#include "compiler/steps/lowering/StepLowering.cpp.inc"

namespace tern {

//===-- Operators ------------------------------------------------------------===//

LogicalResult OperatorBuilder::lower(Operation *op) {
  if (llvm::none_of(op->getOperands(), isInline))
    return lowerAlone(op);
  LogicalResult result = success();
  forEachRow(op->getResult(0), [&](Value) {
    for (Value operand : op->getOperands())
      if (isInline(operand) && succeeded(result))
        result = lowerAlone(operand.getDefiningOp());
    if (succeeded(result))
      result = lowerAlone(op);
  });
  return result;
}

LogicalResult OperatorBuilder::lowerAlone(Operation *op) {
  auto lowering = dyn_cast<StepLowering>(op);
  if (!lowering)
    return op->emitOpError("has no lowering to a step");
  llvm::SaveAndRestore atHand(operation, op);
  attributesRead.clear();
  if (failed(lowering.lower(*this)))
    return failure();
  for (StringAttr name : op->getName().getAttributeNames())
    if (op->getInherentAttr(name).value_or(Attribute()) && !attributesRead.contains(name.getValue()))
      return op->emitOpError() << "has an attribute '" << name.getValue()
                               << "' that its lowering to a step does not read";
  return success();
}

Attribute OperatorBuilder::read(StringRef name) {
  attributesRead.insert(name);
  return operation->getInherentAttr(name).value_or(Attribute());
}

//===-- Shares ---------------------------------------------------------------===//

int64_t OperatorBuilder::columns(Value matrix) { return cast<RankedTensorType>(matrix.getType()).getDimSize(1); }

Share OperatorBuilder::rows(Value tensor) {
  if (isInline(tensor))
    return all(1);
  return row ? Share{row, b.getIndexAttr(1)} : Share{b.getIndexAttr(0), tokensOf(tensor)};
}

Share OperatorBuilder::columnShare(int64_t extent) {
  return share(step::partitionOf(operation), b.getIndexAttr(extent));
}

Share OperatorBuilder::tokenShare(Value tensor) { return share(step::partitionOf(operation), tokensOf(tensor)); }

//===-- Runs -----------------------------------------------------------------===//

OperatorBuilder::Run OperatorBuilder::run(Value number, OpFoldResult first) {
  auto pages = MemRefType::get({ShapedType::kDynamic}, b.getI32Type());
  auto op = step::RunOp::create(b, loc, b.getIndexType(), b.getIndexType(), pages, stepPointer(), number);
  return {first, op.getRows(), op.getPosition(), op.getPages()};
}

OperatorBuilder::Run OperatorBuilder::onlyRun() {
  assert(tokenBound == 1 && "a step of several rows may have several runs");
  if (!only) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(entryBlock());
    only = run(index(0), b.getIndexAttr(0));
    only->rows = b.getIndexAttr(1);
  }
  return *only;
}

void OperatorBuilder::forEachRun(function_ref<void(const Run &)> body) {
  if (tokenBound == 1)
    return body(onlyRun());
  auto loop = scf::ForOp::create(b, loc, index(0), stepValue(step::StepValue::RunCount), index(1), index(0));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value first = loop.getRegionIterArg(0);
  Run each = run(loop.getInductionVar(), first);
  body(each);
  scf::YieldOp::create(b, loc, value(add(first, each.rows)));
}

LogicalResult OperatorBuilder::requireAllRows(Operation *op, Value tensor) {
  if (holdsOutputs(tensor))
    return op->emitOpError("needs all rows of the step, but stands behind decoder.take_outputs");
  return success();
}

//===-- Loops ----------------------------------------------------------------===//

void OperatorBuilder::forEach(Share range, function_ref<void(Value)> body) {
  Value begin = value(range.begin), end = value(add(range.begin, range.size));
  auto loop = scf::ForOp::create(b, loc, begin, end, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

void OperatorBuilder::forEachRow(Value tensor, function_ref<void(Value)> body) {
  if (row)
    return body(row);
  forEach(rows(tensor), [&](Value each) {
    llvm::SaveAndRestore atHand(row, each);
    body(each);
  });
}

void OperatorBuilder::pointwise(ValueRange inputs, Value output, ArrayRef<AffineMap> inputMaps,
                                function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  unsigned rank = cast<MemRefType>(output.getType()).getRank();
  SmallVector<AffineMap> maps(inputMaps);
  maps.resize(inputs.size(), b.getMultiDimIdentityMap(rank));
  maps.push_back(b.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  linalg::GenericOp::create(b, loc, inputs, ValueRange{output}, maps, loops,
                            [&](OpBuilder &builder, Location at, ValueRange args) {
                              linalg::YieldOp::create(builder, at, body(builder, at, args));
                            });
}

} // namespace tern
