//===- attention.cpp - One head of causal attention over the cache --------===//
#include "compiler/dense/elementary.h"
#include "compiler/dense/kinds.h"
#include "compiler/dense/reduction.h"

using namespace Halide;

namespace tern {

/// Keys are read once for a block of rows to make the scores, values once to make the result. The
/// scores wait in the scratch operand; their exponentials are made where they are used, which costs
/// less than storing them.
Status buildAttention(PipelineBuilder &builder) {
  if (!builder.kernel.scale)
    return denseError(builder.kernel, "lacks the parameter scale");
  ImageParam q = builder.input(0, "q"), k = builder.input(1, "k"), v = builder.input(2, "v");
  int64_t depth = builder.extent(0, 1), rows = builder.extent(4, 0);
  bool oneRow = rows == 1;
  bool manyRegisters = builder.vectors.registers >= 32;
  int tileRows = oneRow ? 1 : manyRegisters ? 4 : 2, tilePositions = 4;
  int lanes = builder.vectors.lanes;
  Expr positions = k.dim(1).extent();
  Expr rowCount = oneRow ? Expr(1) : q.dim(1).extent();
  Var d("d"), p("p"), t("t"), po("po"), pi("pi"), to("to"), ti("ti"), dOuter("dOuter"),
      dInner("dInner");

  Reduction dot("dot", int(depth), 0.0f, sumOf, [&](Expr i) { return q(i, t) * k(i, p); },
                builder.lanesFor(depth), 1, {p, t});
  Func scores("scores");
  scores(p, t) = dot.result(p, t) * *builder.kernel.scale;

  // Row t sees positions up to P - T + t.
  Expr lastVisible = positions - rowCount + t;
  auto masked = [&](Expr position, Expr value, float otherwise) {
    return oneRow ? value : select(position <= lastVisible, value, otherwise);
  };
  constexpr float veryLow = -3.0e38f;
  Reduction largest("largest", positions, veryLow, maxOf,
                    [&](Expr i) { return masked(i, scores(i, t), veryLow); }, lanes, 1, {t});
  auto weightOf = [&](Expr i) {
    return masked(i, exponential(scores(i, t) - largest.result(t)), 0.0f);
  };
  Reduction total("total", positions, 0.0f, sumOf, weightOf, lanes, 1, {t});

  // The weighted sum goes over blocks of positions whose weights are made as one vector, then over
  // what is left.
  Var i("i"), block("block");
  Func weights("weights"), mixed("mixed"), y("y");
  weights(i, block, t) = weightOf(block * lanes + i);
  RDom blocks(0, lanes, 0, positions / lanes, "blocks"),
      tail(positions / lanes * lanes, positions % lanes, "tail");
  mixed(d, t) = 0.0f;
  mixed(d, t) += weights(blocks.x, blocks.y, t) * v(d, blocks.y * lanes + blocks.x);
  mixed(d, t) += weightOf(tail) * v(d, tail);
  y(d, t) = mixed(d, t) / total.result(t);

  builder.output(3, scores, {positions, rowCount});
  builder.output(4, y, {int(depth), rowCount});

  // Scores: a tile of positions and rows.
  auto tileScores = [&](Stage stage, int positionCount, int rowTile) {
    stage.split(p, po, pi, positionCount, TailStrategy::ShiftInwards)
        .split(t, to, ti, rowTile, TailStrategy::ShiftInwards)
        .reorder(pi, ti, po, to)
        .unroll(pi)
        .unroll(ti);
  };
  Expr manyPositions = positions >= tilePositions, manyRows = rowCount >= tileRows;
  if (!oneRow)
    tileScores(scores.specialize(manyPositions && manyRows), tilePositions, tileRows);
  tileScores(scores.specialize(manyPositions), tilePositions, 1);
  tileScores(scores, 1, 1);
  scores.compute_root();
  dot.computeAt({scores, po});

  // Result: as many columns at once as half of the registers hold sums for.
  int vector = builder.lanesFor(depth);
  int columns = vector;
  while (columns * 2 <= depth && columns * 2 * tileRows <= vector * builder.vectors.registers / 2)
    columns *= 2;
  auto tileResult = [&](Stage stage, int rowTile) {
    stage.split(t, to, ti, rowTile, TailStrategy::ShiftInwards)
        .split(d, dOuter, dInner, columns, TailStrategy::ShiftInwards)
        .reorder(dInner, ti, dOuter, to)
        .vectorize(dInner, vector)
        .unroll(dInner)
        .unroll(ti);
  };
  if (!oneRow)
    tileResult(y.specialize(manyRows), tileRows);
  tileResult(y, 1);
  largest.computeAt({y, to});
  total.computeAt({y, to});
  mixed.compute_at(y, dOuter).vectorize(d, vector).unroll(d).unroll(t);
  mixed.update(0)
      .reorder(d, t, blocks.x, blocks.y)
      .vectorize(d, vector)
      .unroll(d)
      .unroll(t)
      .unroll(blocks.x, 4);
  mixed.update(1).reorder(d, t, tail).vectorize(d, vector).unroll(d).unroll(t);
  weights.compute_at(mixed, blocks.y).vectorize(i, lanes).unroll(t);
  return {};
}

} // namespace tern
