//===- rms_norm_quantize.cpp - RMS norm and codes of rows, in one pass ------===//
#include "compiler/dense/rows.h"
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct RmsNormQuantizeLowering : LoweringOf<RmsNormQuantizeLowering, decoder::RmsNormQuantizeOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::RmsNormQuantizeOp>(operation);
    Share rows = s.tokenShare(op.getCodes());
    Value weight = s.weight(s.symbol("weight"), {s.columns(op.getInput())}, s.b.getF32Type());
    SmallVector<NamedAttribute> parameters = s.attribute<ternary::CodesAttr>("quantizer").fields();
    parameters.push_back(s.b.getNamedAttr("eps", s.attribute<FloatAttr>("eps")));
    bool parts = cast<ShapedType>(op.getSum().getType()).getRank() == 2;
    s.callDense(parts ? "rms_norm_quantize_parts" : "rms_norm_quantize", parameters,
                {s.wholeRows(op.getInput(), rows), weight, s.wholeRows(op.getCodes(), rows),
                 s.slice(s.buffer(op.getScale()), rows),
                 parts ? s.wholeRows(op.getSum(), rows) : s.slice(s.buffer(op.getSum()), rows)});
    return success();
  }
};

Status build(PipelineBuilder &builder) {
  Halide::ImageParam x = builder.input(0, "x", {.row = true}), w = builder.input(1, "w");
  return quantizeRow(builder, builder.extent(0, 1), 2, normalised(builder, x, w));
}

} // namespace

namespace operators {

void rms_norm_quantize(OperatorSet &set) {
  set.lower<decoder::RmsNormQuantizeOp, RmsNormQuantizeLowering>();
  addCodesKinds(set.kinds, "rms_norm_quantize", {{"x", DenseElement::F32, {"T", "d"}}, {"w", DenseElement::F32, {"d"}}},
                build);
}

} // namespace operators
} // namespace tern
