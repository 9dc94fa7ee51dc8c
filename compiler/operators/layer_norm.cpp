//===- layer_norm.cpp - Layer norm of rows, without weights -----------------===//
#include "compiler/dense/rows.h"
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct LayerNormLowering : LoweringOf<LayerNormLowering, decoder::LayerNormOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::LayerNormOp>(operation);
    Share rows = s.tokenShare(op.getResult());
    s.callDense("layer_norm", {s.b.getNamedAttr("eps", s.attribute<FloatAttr>("eps"))},
                {s.wholeRows(op.getInput(), rows), s.wholeRows(op.getResult(), rows)});
    return success();
  }
};

Status build(PipelineBuilder &builder) {
  int64_t extent = builder.extent(0, 1);
  Halide::ImageParam x = builder.input(0, "x", {.row = true});
  Row row = standardised(builder, x);
  Halide::Var d("d");
  Halide::Func y("y");
  y(d) = row(d);
  builder.output(1, y, {int(extent)}, {.row = true});
  y.vectorize(d, builder.lanesFor(extent), Halide::TailStrategy::ShiftInwards);
  builder.pipeline.contract = false; // every operation rounds on its own
  return {};
}

} // namespace

namespace operators {

void layer_norm(OperatorSet &set) {
  constexpr auto f32 = DenseElement::F32;
  set.lower<decoder::LayerNormOp, LayerNormLowering>();
  set.kinds.push_back({"layer_norm", {{"x", f32, {"T", "d"}}, {"y", f32, {"T", "d"}}}, build});
}

} // namespace operators
} // namespace tern
