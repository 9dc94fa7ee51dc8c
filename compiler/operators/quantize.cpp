//===- quantize.cpp - Activation codes of rows ------------------------------===//
#include "compiler/dense/rows.h"
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct QuantizeLowering : LoweringOf<QuantizeLowering, ternary::QuantizeOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<ternary::QuantizeOp>(operation);
    Share rows = s.tokenShare(op.getCodes());
    SmallVector<NamedAttribute> parameters = s.attribute<ternary::CodesAttr>("quantizer").fields();
    bool parts = cast<ShapedType>(op.getSum().getType()).getRank() == 2;
    s.callDense(parts ? "quantize_parts" : "quantize", parameters,
                {s.wholeRows(op.getInput(), rows), s.wholeRows(op.getCodes(), rows),
                 s.slice(s.buffer(op.getScale()), rows),
                 parts ? s.wholeRows(op.getSum(), rows) : s.slice(s.buffer(op.getSum()), rows)});
    return success();
  }
};

Status build(PipelineBuilder &builder) {
  Halide::ImageParam x = builder.input(0, "x", {.row = true});
  return quantizeRow(builder, builder.extent(0, 1), 1, [=](Halide::Expr d) { return x(d); });
}

} // namespace

namespace operators {

void quantize(OperatorSet &set) {
  set.lower<ternary::QuantizeOp, QuantizeLowering>();
  addCodesKinds(set.kinds, "quantize", {{"x", DenseElement::F32, {"T", "d"}}}, build);
}

} // namespace operators
} // namespace tern
