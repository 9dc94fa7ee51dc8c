//===- attention_codes.cpp - Attention to one page of codes ------------------===//
//
// Keys and values are int8 codes with a scale a position. The query is rounded to 16 bits by its largest number, the
// weights times the scales of the values by theirs, and both products are exact sums in int32: pairs of 16 bits are
// multiplied and added by one instruction (vpdpwssd, pmaddwd, smlal), twice as many as floats and without widening
// codes to these. What rounding to 16 bits leaves, 2^-16 of the largest, is a hundredth of what int8 codes leave.
//
//===----------------------------------------------------------------------===//
#include "compiler/dense/attention_page.h"
#include "lib/object/cache_codes.h"

#include <algorithm>

using namespace Halide;

namespace tern {
namespace {

/// Behind those of every kind.
struct CodeOperands {
  unsigned keyScales = 9, valueScales = 10, queryCodes = 11, queryStep = 12, weightCodes = 13, weightStep = 14;
};

constexpr int kPair = 2;

class CodePage : public AttentionPage {
public:
  explicit CodePage(PipelineBuilder &builder) : AttentionPage(builder, kPair) {}

private:
  Status check() const override {
    if (builder.extent(at.k, 2) % 2 != 0 || builder.extent(at.v, 2) % 2 != 0)
      return denseError(builder.kernel, "rows of strips must be pairs of codes");
    if (builder.extent(at.v, 1) * 2 != page)
      return denseError(builder.kernel, "values must be " + std::to_string(page / 2) + " pairs of positions");
    return AttentionPage::check();
  }

  void inputs() override {
    AttentionPage::inputs();
    keyScales = builder.input(codes.keyScales, "keyScales");
    valueScales = builder.input(codes.valueScales, "valueScales");
  }

  void outputs() override {
    AttentionPage::outputs();
    builder.output(codes.queryCodes, queryCodes, {2, depth / 2, group, tokens},
                   {.row = false, .split = {2, depth / 2}});
    builder.output(codes.queryStep, queryStep, {group, tokens});
    builder.output(codes.weightCodes, weightCodes, {keyStrip, strips, group, tokens},
                   {.row = false, .split = {keyStrip}});
    builder.output(codes.weightStep, weightStep, {group, tokens});
  }

  /// What one step of 16 bits is worth when `largest` is the largest number; never 0.
  static Expr stepOf(Expr largest, int64_t range) { return max(largest * (1.0f / float(range)), 1e-30f); }
  /// Divided: with the reciprocal the addition that rounds would be fused with the product on some CPUs, and a tie
  /// taken another way there.
  static Expr codeOf(Expr value, Expr step) { return cast<int16_t>(roundToNearestEven(value / step)); }

  /// Sums of products of pairs: `pair` is the loop over the two, the first of `loops` that over rows of a strip.
  void sumPairs(Func sums, Func wide, const ImageParam &cache, int strip, const RVar &pair,
                const std::vector<RVar> &loops) {
    int lanes = builder.lanesFor(strip);
    std::vector<VarOrRVar> order = {pair, i, g, t};
    order.insert(order.end(), loops.begin(), loops.end());
    sums.update(0).atomic().reorder(order).vectorize(pair).vectorize(i, lanes).unroll(i).unroll(g).unroll(t);
    sums.update(0).prefetch(cache, loops.front(), loops.front(), std::max(1, kFetchBytes / (strip * kPair)),
                            PrefetchBoundStrategy::NonFaulting);
    wide.compute_at(sums, loops.front()).vectorize(r).vectorize(i, lanes).unroll(i);
  }

  void score() override {
    Reduction most("most", depth, 0.0f, maxOf, [&](Expr n) { return abs(q(n, g, t)); }, builder.lanesFor(depth), 1,
                   {g, t});
    queryStep(g, t) = stepOf(most.result(g, t), queryRange(depth));
    queryStep.compute_root();
    most.computeAt({queryStep, g});
    queryCodes(r, n, g, t) = codeOf(q(2 * n + r, g, t), queryStep(g, t));
    queryCodes.compute_root().vectorize(r).vectorize(n, std::max(1, builder.lanesFor(depth) / 2),
                                                     TailStrategy::ShiftInwards);

    Func dot("dot"), wide("wide_keys");
    RDom d(0, 2, 0, depth / 2, "d");
    wide(r, i, n, p) = cast<int16_t>(k(r, i, n, p));
    dot(i, p, g, t) = 0;
    dot(i, p, g, t) += cast<int32_t>(queryCodes(d.x, d.y, g, t)) * cast<int32_t>(wide(d.x, i, d.y, p));
    scores(i, p, g, t) = cast<float>(dot(i, p, g, t)) * (queryStep(g, t) * scale) * keyScales(p * keyStrip + i);
    scores.compute_root();
    tileRows(scores, dot, keyStrip);
    sumPairs(dot, wide, k, keyStrip, d.x, {d.y});
  }

  void mix() override {
    Expr scaled = masked(weights(i, p, g, t) * valueScales(p * keyStrip + i), 0.0f);
    Func most = reduce("most_weight", 0.0f, maxOf, scaled);
    weightStep(g, t) = stepOf(most(g, t), kWeightRange);
    weightStep.compute_root();
    weightCodes(i, p, g, t) = codeOf(scaled, weightStep(g, t));
    weightCodes.compute_root().vectorize(i, builder.lanesFor(keyStrip));
    most.compute_at(weightStep, g);

    Func mixed("mixed"), wide("wide_values");
    RDom d(0, 2, 0, keyStrip / 2, 0, strips, "positions");
    wide(r, i, n, p) = cast<int16_t>(v(r, i, n, p));
    mixed(i, p, g, t) = 0;
    mixed(i, p, g, t) += cast<int32_t>(weightCodes(2 * d.y + d.x, d.z, g, t)) *
                         cast<int32_t>(wide(d.x, i, d.z * (keyStrip / 2) + d.y, p));
    // As for floats: a row that sees nothing of this page has total 0, and counts for nothing later.
    y(i, p, g, t) = cast<float>(mixed(i, p, g, t)) * (weightStep(g, t) * (1.0f / max(total(g, t), 1e-30f)));
    tileRows(y, mixed, valueStrip);
    sumPairs(mixed, wide, v, valueStrip, d.x, {d.y, d.z});
  }

  static constexpr CodeOperands codes{};
  ImageParam keyScales, valueScales;
  Var r{"r"}, n{"n"}; ///< within a pair, pair
  Func queryCodes{"queryCodes"}, queryStep{"queryStep"}, weightCodes{"weightCodes"}, weightStep{"weightStep"};
};

} // namespace

Status buildAttentionCodes(PipelineBuilder &builder) { return CodePage(builder).build(); }

} // namespace tern
