//===- rope.cpp - Rotary position embedding -------------------------------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct RopeLowering : LoweringOf<RopeLowering, decoder::RopeOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::RopeOp>(operation);
    auto table = s.declaration<decoder::RopeTableOp>("table");
    int64_t headDim = table.getHeadDim();
    Value angles = s.weight(s.symbol("table"), {int64_t(table.getPositions()), 2, headDim / 2}, s.b.getF32Type());
    if (failed(s.requireAllRows(op, op.getInput())))
      return failure();
    Share mine = s.columnShare(s.columns(op.getResult()));
    s.forEachRun([&](const OperatorBuilder::Run &run) {
      Share rows{run.first, run.rows};
      s.callDense("rope", {s.b.getNamedAttr("head_dim", s.b.getI64IntegerAttr(headDim))},
                  {s.slice(s.buffer(op.getInput()), rows, mine), angles, s.slice(s.buffer(op.getResult()), rows, mine),
                   run.position});
    });
    return success();
  }
};

Status build(PipelineBuilder &builder) {
  int64_t half = builder.extent(1, 2);
  if (builder.integer("head_dim") != 2 * half || builder.extent(1, 1) != 2)
    return denseError(builder.kernel,
                      "a table of [P, 2, " + std::to_string(half) + "] needs head_dim " + std::to_string(2 * half));
  if (int64_t width = builder.extent(0, 1); width != DenseOperand::dynamic && width % (2 * half) != 0)
    return denseError(builder.kernel, "columns of x are not a multiple of head_dim " + std::to_string(2 * half));

  // A row seen as [head][half of the head][i]: both halves of a head have a dimension of their own.
  OperandView heads{.row = false, .split = {int(half), 2}};
  Halide::ImageParam x = builder.input(0, "x", heads), table = builder.input(1, "table");
  Halide::Expr position = builder.index(3, "position");
  Halide::Var i("i"), part("part"), head("head"), t("t");
  Halide::Func y("y");
  Halide::Expr cosine = table(i, 0, position + t), sine = table(i, 1, position + t);
  Halide::Expr a = x(i, 0, head, t), b = x(i, 1, head, t);
  y(i, part, head, t) = Halide::select(part == 0, a * cosine - b * sine, b * cosine + a * sine);

  int64_t width = builder.extent(2, 1), rows = builder.extent(2, 0);
  auto extent = [](int64_t size) { return size == DenseOperand::dynamic ? Halide::Expr() : Halide::Expr(int(size)); };
  Halide::Expr headCount = width == DenseOperand::dynamic ? Halide::Expr() : Halide::Expr(int(width / (2 * half)));
  builder.output(2, y, {int(half), 2, headCount, extent(rows)}, heads);
  y.reorder(part, i, head, t).unroll(part).vectorize(i, builder.lanesFor(half), Halide::TailStrategy::ShiftInwards);
  builder.pipeline.contract = false; // every operation rounds on its own, as in transformers
  return {};
}

} // namespace

namespace operators {

void rope(OperatorSet &set) {
  constexpr auto f32 = DenseElement::F32;
  set.lower<decoder::RopeOp, RopeLowering>();
  set.kinds.push_back({"rope",
                       {{"x", f32, {"T", "F"}},
                        {"table", f32, {"P", "cos_sin", "half"}},
                        {"y", f32, {"T", "F"}},
                        {"position", DenseElement::Index, {}}},
                       build});
}

} // namespace operators
} // namespace tern
