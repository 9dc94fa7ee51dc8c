//===- rms_norm.cpp - RMS norm of rows --------------------------------------===//
#include "compiler/dense/rows.h"
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct RmsNormLowering : LoweringOf<RmsNormLowering, decoder::RmsNormOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::RmsNormOp>(operation);
    Share rows = s.tokenShare(op.getResult());
    Value weight = s.weight(s.symbol("weight"), {s.columns(op.getInput())}, s.b.getF32Type());
    s.callDense("rms_norm", {s.b.getNamedAttr("eps", s.attribute<FloatAttr>("eps"))},
                {s.wholeRows(op.getInput(), rows), weight, s.wholeRows(op.getResult(), rows)});
    return success();
  }
};

Status build(PipelineBuilder &builder) {
  Halide::ImageParam x = builder.input(0, "x", {.row = true}), w = builder.input(1, "w");
  Row row = normalised(builder, x, w);
  Halide::Var d("d");
  Halide::Func y("y");
  y(d) = row(d);
  int64_t extent = builder.extent(0, 1);
  builder.output(2, y, {int(extent)}, {.row = true});
  y.vectorize(d, builder.lanesFor(extent), Halide::TailStrategy::ShiftInwards);
  // The same arithmetic as in rms_norm_quantize, to the last bit.
  builder.pipeline.contract = false;
  return {};
}

} // namespace

namespace operators {

void rms_norm(OperatorSet &set) {
  constexpr auto f32 = DenseElement::F32;
  set.lower<decoder::RmsNormOp, RmsNormLowering>();
  set.kinds.push_back({"rms_norm", {{"x", f32, {"T", "d"}}, {"w", f32, {"d"}}, {"y", f32, {"T", "d"}}}, build});
}

} // namespace operators
} // namespace tern
