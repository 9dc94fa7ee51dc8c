//===- hadamard.cpp - Orthonormal Hadamard transform of runs ----------------===//
#include "compiler/operators/operator_set.h"

#include <cmath>

using namespace mlir;

namespace tern {
namespace {

struct HadamardLowering : LoweringOf<HadamardLowering, decoder::HadamardOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::HadamardOp>(operation);
    Share rows = s.tokenShare(op.getResult());
    s.callDense("hadamard", {s.b.getNamedAttr("block", s.attribute<IntegerAttr>("block"))},
                {s.wholeRows(op.getInput(), rows), s.wholeRows(op.getResult(), rows)});
    return success();
  }
};

/// One function for each stride, in the order of the formula: every stage rounds.
Status build(PipelineBuilder &builder) {
  int64_t extent = builder.extent(0, 1), block = builder.integer("block");
  if (block < 1 || extent % block != 0)
    return denseError(builder.kernel, "rows are no whole number of runs of " + std::to_string(block));
  Halide::ImageParam x = builder.input(0, "x", {.row = true});
  Halide::Var d("d");
  Halide::Func before("copied");
  before(d) = x(d);
  int lanes = builder.lanesFor(extent);
  for (int stride = 1; stride < block; stride *= 2) {
    if (stride > 1)
      before.compute_root().vectorize(d, lanes, Halide::TailStrategy::ShiftInwards);
    Halide::Expr second = (d / stride) % 2;
    Halide::Expr other = Halide::unsafe_promise_clamped(d + stride - 2 * stride * second, 0, int(extent) - 1);
    Halide::Func stage("stage" + std::to_string(stride));
    stage(d) = Halide::select(second == 0, before(d) + before(other), before(other) - before(d));
    before = stage;
  }
  Halide::Func y("y");
  y(d) = block == 1 ? before(d) : Halide::strict_float(before(d) / float(std::sqrt(double(block))));
  if (block > 1)
    before.compute_root().vectorize(d, lanes, Halide::TailStrategy::ShiftInwards);
  builder.output(1, y, {int(extent)}, {.row = true});
  y.vectorize(d, lanes, Halide::TailStrategy::ShiftInwards);
  builder.pipeline.contract = false;
  return {};
}

} // namespace

namespace operators {

void hadamard(OperatorSet &set) {
  constexpr auto f32 = DenseElement::F32;
  set.lower<decoder::HadamardOp, HadamardLowering>();
  set.kinds.push_back({"hadamard", {{"x", f32, {"T", "d"}}, {"y", f32, {"T", "d"}}}, build});
}

} // namespace operators
} // namespace tern
