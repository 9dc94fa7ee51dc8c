//===- attention.cpp - Attention to one page of the cache ------------------===//
//
// Softmax over all positions is made of pages: each gives its own softmax, the largest score and the total of the
// exponentials, and attention_combine.cpp weighs the pages (Dao et al. 2022, FlashAttention, section 3.1). A page is
// the same whoever computes it, so results do not depend on how pages and rows are dealt out.
//
//===----------------------------------------------------------------------===//
#include "compiler/dense/elementary.h"
#include "compiler/dense/kinds.h"
#include "compiler/dense/reduction.h"

using namespace Halide;

namespace tern {
namespace {

constexpr float veryLow = -3.0e38f;

/// The operands of the three kinds; scales are there for int8 only.
struct Operands {
  unsigned q = 0, k = 1, v = 2, last = 3, scores = 4, weights = 5, y = 6, largest = 7, total = 8, keyScales = 9,
           valueScales = 10;
};

/// How many rows and columns the loops hold in registers at once.
struct Tile {
  int group, tokens, positions = 4;
  int rows() const { return group * tokens; }
};

/// Query heads of a group share every key and value that was loaded: as many heads as divide the group, and then
/// tokens.
Tile chooseTile(int64_t group, bool oneToken, const VectorShape &vectors) {
  bool many = vectors.registers >= 32;
  int most = many ? 6 : 3, heads = 1;
  for (int divisor = 1; divisor <= most; ++divisor)
    if (group % divisor == 0)
      heads = divisor;
  return {heads, oneToken ? 1 : std::max(1, (many ? 4 : 2) / heads)};
}

/// Row (t, g) sees the positions p <= last + t of the page. Scores and weights wait in scratch operands: a second
/// exponential costs more than the store, and the mixing loop broadcasts weights from memory.
Status buildPage(PipelineBuilder &builder) {
  if (!builder.kernel.scale)
    return denseError(builder.kernel, "lacks the parameter scale");
  constexpr Operands at;
  DenseElement element = builder.kernel.operands[at.k].element;
  bool coded = element == DenseElement::I8;
  int64_t depth = builder.extent(at.k, 1), group = builder.extent(at.scores, 1), width = builder.extent(at.q, 1);
  if (width != group * depth || builder.extent(at.y, 1) != width)
    return denseError(builder.kernel,
                      "columns of q and y must be " + std::to_string(group) + " heads of " + std::to_string(depth));
  bool oneToken = builder.extent(at.q, 0) == 1;
  OperandView heads{.row = false, .split = {int(depth)}};
  ImageParam q = builder.input(at.q, "q", heads), k = builder.input(at.k, "k"), v = builder.input(at.v, "v");
  Expr last = builder.index(at.last, "last");
  ImageParam keyScales, valueScales;
  if (coded) {
    keyScales = builder.input(at.keyScales, "keyScales");
    valueScales = builder.input(at.valueScales, "valueScales");
  }
  auto widen = [&](const ImageParam &cache, Expr i, Expr p) -> Expr {
    Expr stored = cache(i, p);
    return element == DenseElement::F16 ? widenFloat16(stored) : coded ? cast<float>(stored) : stored;
  };

  Expr positions = k.dim(1).extent(), tokens = oneToken ? Expr(1) : q.dim(2).extent();
  Var d("d"), p("p"), g("g"), t("t");
  Tile tile = chooseTile(group, oneToken, builder.vectors);
  int lanes = builder.vectors.lanes, vector = builder.lanesFor(depth);

  Reduction dot("dot", int(depth), 0.0f, sumOf, [&](Expr i) { return q(i, g, t) * widen(k, i, p); }, vector, 1,
                {p, g, t});
  Func scores("scores"), largest("largest"), weights("weights"), total("total"), mixed("mixed"), y("y");
  Expr score = dot.result(p, g, t) * *builder.kernel.scale;
  scores(p, g, t) = coded ? score * keyScales(p) : score;
  // A lone token stands behind all positions that it is given.
  auto masked = [&](Expr position, Expr value, float otherwise) {
    return oneToken ? value : select(position <= last + t, value, otherwise);
  };
  Reduction maximum("maximum", positions, veryLow, maxOf, [&](Expr i) { return masked(i, scores(i, g, t), veryLow); },
                    lanes, 1, {g, t});
  largest(g, t) = maximum.result(g, t);
  weights(p, g, t) = masked(p, exponential(scores(p, g, t) - largest(g, t)), 0.0f);
  Reduction sum("sum", positions, 0.0f, sumOf, [&](Expr i) { return weights(i, g, t); }, lanes, 1, {g, t});
  total(g, t) = sum.result(g, t);
  constexpr int unrolled = 4;
  RDom blocks(0, unrolled, 0, positions / unrolled, "blocks"),
      tail(positions / unrolled * unrolled, positions % unrolled, "tail");
  auto mix = [&](Expr i) {
    Expr weight = weights(i, g, t);
    return (coded ? weight * valueScales(i) : weight) * widen(v, d, i);
  };
  mixed(d, g, t) = 0.0f;
  mixed(d, g, t) += mix(blocks.y * unrolled + blocks.x);
  mixed(d, g, t) += mix(tail);
  // A row that sees nothing of this page has total 0, and counts for nothing later.
  y(d, g, t) = mixed(d, g, t) / max(total(g, t), 1e-30f);

  builder.output(at.scores, scores, {positions, int(group), tokens});
  builder.output(at.weights, weights, {positions, int(group), tokens});
  builder.output(at.y, y, {int(depth), int(group), tokens}, heads);
  builder.output(at.largest, largest, {int(group), tokens});
  builder.output(at.total, total, {int(group), tokens});

  Var po("po"), pi("pi"), go("go"), gi("gi"), to("to"), ti("ti"), dOuter("dOuter"), dInner("dInner");
  auto tileRows = [&](Stage stage, int tokenTile) {
    stage.split(g, go, gi, tile.group).split(t, to, ti, tokenTile, TailStrategy::ShiftInwards).unroll(gi).unroll(ti);
    return stage;
  };
  Expr manyPositions = positions >= tile.positions, manyTokens = tokens >= tile.tokens;
  auto tileScores = [&](Stage stage, int positionTile, int tokenTile) {
    tileRows(stage, tokenTile)
        .split(p, po, pi, positionTile, TailStrategy::ShiftInwards)
        .reorder(pi, gi, ti, po, go, to)
        .unroll(pi);
  };
  if (tile.tokens > 1)
    tileScores(scores.specialize(manyPositions && manyTokens), tile.positions, tile.tokens);
  tileScores(scores.specialize(manyPositions), tile.positions, 1);
  tileScores(scores, 1, 1);
  scores.compute_root();
  dot.computeAt({scores, po});

  largest.compute_root();
  maximum.computeAt({largest, g});
  weights.compute_root().specialize(positions >= lanes).vectorize(p, lanes, TailStrategy::ShiftInwards);
  total.compute_root();
  sum.computeAt({total, g});

  // Result: as many columns at once as half of the registers hold sums for.
  int columns = vector;
  while (columns * 2 <= depth && columns * 2 * tile.rows() <= vector * builder.vectors.registers / 2)
    columns *= 2;
  auto tileResult = [&](Stage stage, int tokenTile) {
    tileRows(stage, tokenTile)
        .split(d, dOuter, dInner, columns, TailStrategy::ShiftInwards)
        .reorder(dInner, gi, ti, dOuter, go, to)
        .vectorize(dInner, vector)
        .unroll(dInner);
  };
  if (tile.tokens > 1)
    tileResult(y.specialize(manyTokens), tile.tokens);
  tileResult(y, 1);
  mixed.compute_at(y, dOuter).vectorize(d, vector).unroll(d).unroll(g).unroll(t);
  mixed.update(0)
      .reorder(d, g, t, blocks.x, blocks.y)
      .vectorize(d, vector)
      .unroll(d)
      .unroll(g)
      .unroll(t)
      .unroll(blocks.x);
  mixed.update(1).reorder(d, g, t, tail).vectorize(d, vector).unroll(d).unroll(g).unroll(t);
  return {};
}

} // namespace

Status buildAttention(PipelineBuilder &builder) { return buildPage(builder); }

} // namespace tern
