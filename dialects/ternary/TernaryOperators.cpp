//===- TernaryOperators.cpp - What ternary operators say of themselves ----===//
#include "dialects/ternary/Ternary.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tern::ternary;
using tern::step::PartitionAttr;

static WeightOp weightOf(Operation *op, FlatSymbolRefAttr name) {
  return SymbolTable::lookupNearestSymbolFrom<WeightOp>(op, name);
}

FailureOr<PartitionAttr> QuantizeOp::share(int64_t tokens) { return step::byTokens(*this, tokens); }
bool QuantizeOp::readsOwnShare(OpOperand &) { return true; }
double QuantizeOp::density(function_ref<double(Value)> densityOf) { return densityOf(getInput()); }
void QuantizeOp::addFacts(NamedAttrList &facts) {
  facts.set("quantizer", DictionaryAttr::get(getContext(), getQuantizer().fields()));
}
StringRef QuantizeOp::stagePart() { return "norms and codes"; }

FailureOr<PartitionAttr> MatmulOp::share(int64_t) {
  WeightOp weight = weightOf(*this, getWeightAttr());
  if (!weight || !weight.getLayout() || !getKernel())
    return emitOpError("has no layout and kernel yet; run phase ternary first");
  return step::byFeatures(*this, weight.getLayoutAttr().getTileRows());
}
/// Rows of planes are rows to the kernel.
int64_t MatmulOp::rowMultiple() { return getKernel() ? getKernel()->getTokens() : 1; }
StringRef MatmulOp::stagePart() { return "products"; }

FailureOr<PartitionAttr> RescaleOp::share(int64_t) { return step::asOperands(*this); }
bool RescaleOp::readsOwnShare(OpOperand &operand) {
  return operand.get() == getAcc(); // the steps of all tokens are read
}
void RescaleOp::addFacts(NamedAttrList &facts) {
  FormatAttr format = weightOf(*this, getWeightAttr()).getFormat();
  facts.set("divide", BoolAttr::get(getContext(), format.divides()));
  facts.set("scales", StringAttr::get(getContext(), format.scalesRows()      ? "rows"
                                                    : format.scalesColumns() ? "columns"
                                                    : format.group() != 0    ? "groups"
                                                                             : "tensor"));
}

FailureOr<PartitionAttr> ScaleColumnsOp::share(int64_t) { return step::asOperands(*this); }
bool ScaleColumnsOp::readsOwnShare(OpOperand &) { return true; }
bool ScaleColumnsOp::isRowByRow() { return true; }
double ScaleColumnsOp::density(function_ref<double(Value)> densityOf) { return densityOf(getInput()); }
void ScaleColumnsOp::addFacts(NamedAttrList &facts) {
  facts.set("divide", BoolAttr::get(getContext(), weightOf(*this, getWeightAttr()).getFormat().divides()));
}
