//===- rope.cpp - Rotary position embedding -------------------------------===//
#include "compiler/dense/kinds.h"

using namespace Halide;

namespace tern {

Status buildRope(PipelineBuilder &builder) {
  int64_t half = builder.extent(1, 2);
  if (builder.kernel.headDim.value_or(0) != 2 * half || builder.extent(1, 1) != 2)
    return denseError(builder.kernel,
                      "a table of [P, 2, " + std::to_string(half) + "] needs head_dim " + std::to_string(2 * half));
  if (int64_t width = builder.extent(0, 1); width != DenseOperand::dynamic && width % (2 * half) != 0)
    return denseError(builder.kernel, "columns of x are not a multiple of head_dim " + std::to_string(2 * half));

  // A row seen as [head][half of the head][i]: both halves of a head have a dimension of their own.
  OperandView heads{.row = false, .split = {int(half), 2}};
  ImageParam x = builder.input(0, "x", heads), table = builder.input(1, "table");
  Expr position = builder.index(3, "position");
  Var i("i"), part("part"), head("head"), t("t");
  Func y("y");
  Expr cosine = table(i, 0, position + t), sine = table(i, 1, position + t);
  Expr a = x(i, 0, head, t), b = x(i, 1, head, t);
  y(i, part, head, t) = select(part == 0, a * cosine - b * sine, b * cosine + a * sine);

  int64_t width = builder.extent(2, 1), rows = builder.extent(2, 0);
  auto extent = [](int64_t size) { return size == DenseOperand::dynamic ? Expr() : Expr(int(size)); };
  Expr headCount = width == DenseOperand::dynamic ? Expr() : Expr(int(width / (2 * half)));
  builder.output(2, y, {int(half), 2, headCount, extent(rows)}, heads);
  y.reorder(part, i, head, t).unroll(part).vectorize(i, builder.lanesFor(half), TailStrategy::ShiftInwards);
  builder.pipeline.contract = false; // every operation rounds on its own, as in transformers
  return {};
}

} // namespace tern
