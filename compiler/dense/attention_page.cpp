//===- attention_page.cpp - What attention to one page shares over all elements -===//
#include "compiler/dense/attention_page.h"

using namespace Halide;

namespace tern {

static constexpr float kVeryLow = -3.0e38f;

/// Query heads of a query group share every key and value that was loaded: as many heads as divide the group, and then
/// tokens.
AttentionPage::RegisterTile AttentionPage::chooseRegisterTile(int64_t group, bool oneToken,
                                                              const VectorShape &vectors) {
  bool many = vectors.registers >= 32;
  int most = many ? 6 : 3, heads = 1;
  for (int divisor = 1; divisor <= most; ++divisor)
    if (group % divisor == 0)
      heads = divisor;
  return {heads, oneToken ? 1 : std::max(1, (many ? 4 : 2) / heads)};
}

AttentionPage::AttentionPage(PipelineBuilder &builder, int pair)
    : builder(builder), pair(pair), depth(int(builder.extent(at.k, 1)) * pair),
      group(int(builder.extent(at.scores, 1))), page(int(builder.extent(at.scores, 2))),
      keyStrip(int(builder.extent(at.k, 2)) / pair), valueStrip(int(builder.extent(at.v, 2)) / pair),
      oneToken(builder.extent(at.q, 0) == 1), scale(builder.number("scale")),
      registerTile(chooseRegisterTile(group, oneToken, builder.vectors)) {}

Status AttentionPage::build() {
  if (Status status = check(); !status)
    return status;
  inputs();
  score();
  weigh();
  mix();
  outputs();
  return {};
}

Status AttentionPage::check() const {
  if (builder.extent(at.q, 1) != int64_t(group) * depth)
    return denseError(builder.kernel,
                      "columns of q and y must be " + std::to_string(group) + " heads of " + std::to_string(depth));
  if (builder.extent(at.k, 0) * keyStrip != page)
    return denseError(builder.kernel, "strips of keys must be " + std::to_string(page) + " positions");
  if (builder.extent(at.v, 0) * valueStrip != depth)
    return denseError(builder.kernel, "strips of values must be " + std::to_string(depth) + " columns");
  return {};
}

void AttentionPage::inputs() {
  q = builder.input(at.q, "q", {.row = false, .split = {depth}});
  OperandView pairs{.row = false, .split = pair > 1 ? std::vector<int>{pair} : std::vector<int>{}};
  k = builder.input(at.k, "k", pairs);
  v = builder.input(at.v, "v", pairs);
  last = builder.index(at.last, "last");
  tokens = oneToken ? Expr(1) : q.dim(2).extent();
  positions = clamp(last + tokens, 0, page);
  strips = (positions + keyStrip - 1) / keyStrip;
}

void AttentionPage::outputs() {
  OperandView byStrip{.row = false, .split = {keyStrip}},
      byColumns{.row = false, .split = {valueStrip, depth / valueStrip}};
  builder.output(at.scores, scores, {keyStrip, strips, group, tokens}, byStrip);
  builder.output(at.weights, weights, {keyStrip, strips, group, tokens}, byStrip);
  builder.output(at.y, y, {valueStrip, depth / valueStrip, group, tokens}, byColumns);
  builder.output(at.largest, largest, {group, tokens});
  builder.output(at.total, total, {group, tokens});
}

Expr AttentionPage::masked(Expr value, float otherwise) const {
  return select(p * keyStrip + i <= last + t, value, otherwise);
}

void AttentionPage::tileRows(Func func, Func sums, int strip) {
  int vector = builder.lanesFor(strip), numbers = vector, rows = registerTile.group * registerTile.tokens;
  while (numbers * 2 <= strip && numbers * 2 * rows <= vector * builder.vectors.registers / 2)
    numbers *= 2;
  Var go("go"), gi("gi"), to("to"), ti("ti"), outer("outer"), inner("inner");
  auto schedule = [&](Stage stage, int tokenTile) {
    stage.split(g, go, gi, registerTile.group)
        .split(t, to, ti, tokenTile, TailStrategy::ShiftInwards)
        .split(i, outer, inner, numbers, TailStrategy::ShiftInwards)
        .reorder(inner, gi, ti, outer, go, to, p)
        .vectorize(inner, vector)
        .unroll(inner)
        .unroll(gi)
        .unroll(ti);
  };
  if (registerTile.tokens > 1)
    schedule(func.specialize(tokens >= registerTile.tokens), registerTile.tokens);
  schedule(func, 1);
  sums.compute_at(func, outer).vectorize(i, vector).unroll(i).unroll(g).unroll(t);
}

void AttentionPage::unrollSums(Stage sums, int strip, const std::vector<VarOrRVar> &loops, const ImageParam &cache,
                               const RVar &rows, int rowsAStep) {
  Var lane("lane"), chunk("chunk");
  std::vector<VarOrRVar> order = {lane, g, t, chunk};
  order.insert(order.end(), loops.begin(), loops.end());
  sums.split(i, chunk, lane, builder.lanesFor(strip)).reorder(order).vectorize(lane).unroll(g).unroll(t).unroll(chunk);
  // A vector at a time: of a row of halves or floats Halide 14 would fetch one line of 64 numbers.
  int ahead = std::max(1, kFetchBytes / (strip * cache.type().bytes() * rowsAStep));
  sums.prefetch(cache, chunk, rows, ahead, PrefetchBoundStrategy::NonFaulting);
}

Func AttentionPage::reduce(const std::string &name, float identity, const Reduction::Combine &combine,
                           const Expr &term) {
  int vector = builder.lanesFor(keyStrip);
  Func overStrips(name + "_panels"), result(name);
  RDom strip(0, strips, name + "_panel");
  overStrips(i, g, t) = identity;
  overStrips(i, g, t) = combine(overStrips(i, g, t), Internal::substitute(p.name(), Expr(strip.x), term));
  Reduction across(name + "_across", keyStrip, identity, combine, [&](Expr n) { return overStrips(n, g, t); }, vector,
                   1, {g, t});
  result(g, t) = across.result(g, t);
  result.compute_root();
  across.computeAt({result, g});
  overStrips.compute_at(result, g).vectorize(i, vector).unroll(i);
  overStrips.update(0).reorder(i, g, t, strip).vectorize(i, vector).unroll(i);
  return result;
}

/// Scores and weights wait in scratch operands: a second exponential costs more than the store, and the mixing loop
/// broadcasts weights from memory.
void AttentionPage::weigh() {
  largest = reduce("largest", kVeryLow, maxOf, masked(scores(i, p, g, t), kVeryLow));
  weights(i, p, g, t) = masked(exponential(scores(i, p, g, t) - largest(g, t)), 0.0f);
  weights.compute_root().vectorize(i, builder.lanesFor(keyStrip));
  total = reduce("total", 0.0f, sumOf, weights(i, p, g, t));
}

} // namespace tern
