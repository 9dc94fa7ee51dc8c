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

/// How many rows the loops hold in registers at once.
struct Tile {
  int group, tokens;
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

/// Both products run along a panel: positions of keys or columns of values in the lanes, sums for every row of the
/// tile in registers, and one number of the query or one weight broadcast for each. So nothing is added across lanes,
/// and memory is read from its beginning to its end.
class PagePipeline {
public:
  explicit PagePipeline(PipelineBuilder &builder)
      : builder(builder), element(builder.kernel.operands[at.k].element), coded(element == DenseElement::I8),
        depth(int(builder.extent(at.k, 1))), group(int(builder.extent(at.scores, 1))),
        keyPanel(int(builder.extent(at.k, 2))), valuePanel(int(builder.extent(at.v, 2))),
        oneToken(builder.extent(at.q, 0) == 1), tile(chooseTile(group, oneToken, builder.vectors)) {}

  Status build() {
    if (Status status = check(); !status)
      return status;
    OperandView heads{.row = false, .split = {depth}};
    q = builder.input(at.q, "q", heads);
    k = builder.input(at.k, "k");
    v = builder.input(at.v, "v");
    last = builder.index(at.last, "last");
    if (coded) {
      keyScales = builder.input(at.keyScales, "keyScales");
      valueScales = builder.input(at.valueScales, "valueScales");
    }
    tokens = oneToken ? Expr(1) : q.dim(2).extent();
    positions = clamp(last + tokens, 0, int(builder.extent(at.v, 1)));
    panels = (positions + keyPanel - 1) / keyPanel;
    score();
    weigh();
    mix();
    OperandView byPanel{.row = false, .split = {keyPanel}},
        byColumns{.row = false, .split = {valuePanel, depth / valuePanel}};
    builder.output(at.scores, scores, {keyPanel, panels, group, tokens}, byPanel);
    builder.output(at.weights, weights, {keyPanel, panels, group, tokens}, byPanel);
    builder.output(at.y, y, {valuePanel, depth / valuePanel, group, tokens}, byColumns);
    builder.output(at.largest, largest, {group, tokens});
    builder.output(at.total, total, {group, tokens});
    return {};
  }

private:
  Status check() const {
    if (!builder.kernel.scale)
      return denseError(builder.kernel, "lacks the parameter scale");
    if (builder.extent(at.q, 1) != int64_t(group) * depth)
      return denseError(builder.kernel,
                        "columns of q and y must be " + std::to_string(group) + " heads of " + std::to_string(depth));
    if (builder.extent(at.k, 0) * keyPanel != builder.extent(at.v, 1))
      return denseError(builder.kernel,
                        "panels of keys must be " + std::to_string(builder.extent(at.v, 1)) + " positions");
    if (builder.extent(at.v, 0) * valuePanel != depth)
      return denseError(builder.kernel, "panels of values must be " + std::to_string(depth) + " columns");
    return {};
  }

  Expr widen(Expr stored) const {
    return element == DenseElement::F16 ? widenFloat16(stored) : coded ? cast<float>(stored) : stored;
  }

  /// Row (t, g) sees the positions p <= last + t. What lies behind them in the last panel may be anything.
  Expr masked(Expr value, float otherwise) const { return select(p * keyPanel + i <= last + t, value, otherwise); }

  /// The loop over rows, and over the panel in as many numbers at once as half of the registers hold sums for.
  void tileRows(Func func, Func sums, int panel) {
    int vector = builder.lanesFor(panel), numbers = vector;
    while (numbers * 2 <= panel && numbers * 2 * tile.rows() <= vector * builder.vectors.registers / 2)
      numbers *= 2;
    Var go("go"), gi("gi"), to("to"), ti("ti"), outer("outer"), inner("inner");
    auto schedule = [&](Stage stage, int tokenTile) {
      stage.split(g, go, gi, tile.group)
          .split(t, to, ti, tokenTile, TailStrategy::ShiftInwards)
          .split(i, outer, inner, numbers, TailStrategy::ShiftInwards)
          .reorder(inner, gi, ti, outer, go, to, p)
          .vectorize(inner, vector)
          .unroll(inner)
          .unroll(gi)
          .unroll(ti);
    };
    if (tile.tokens > 1)
      schedule(func.specialize(tokens >= tile.tokens), tile.tokens);
    schedule(func, 1);
    sums.compute_at(func, outer).vectorize(i, vector).unroll(i).unroll(g).unroll(t);
  }

  /// Sums of one step of a loop, in registers.
  void unrollSums(Stage sums, int panel, std::vector<VarOrRVar> loops) {
    loops.insert(loops.begin(), {i, g, t});
    sums.reorder(loops).vectorize(i, builder.lanesFor(panel)).unroll(i).unroll(g).unroll(t);
  }

  void score() {
    Func dot("dot");
    RDom d(0, depth, "d");
    dot(i, p, g, t) = 0.0f;
    dot(i, p, g, t) += q(d, g, t) * widen(k(i, d, p));
    Expr score = dot(i, p, g, t) * *builder.kernel.scale;
    scores(i, p, g, t) = coded ? score * keyScales(p * keyPanel + i) : score;
    scores.compute_root();
    tileRows(scores, dot, keyPanel);
    unrollSums(dot.update(0), keyPanel, {d});
  }

  /// The reduction of term(i, p) over all positions: first over the panels, then over what is left of one.
  Func reduce(const std::string &name, float identity, const Reduction::Combine &combine, const Expr &term) {
    int vector = builder.lanesFor(keyPanel);
    Func overPanels(name + "_panels"), result(name);
    RDom panel(0, panels, name + "_panel");
    overPanels(i, g, t) = identity;
    overPanels(i, g, t) = combine(overPanels(i, g, t), Internal::substitute(p.name(), Expr(panel.x), term));
    Reduction across(name + "_across", keyPanel, identity, combine, [&](Expr n) { return overPanels(n, g, t); }, vector,
                     1, {g, t});
    result(g, t) = across.result(g, t);
    result.compute_root();
    across.computeAt({result, g});
    overPanels.compute_at(result, g).vectorize(i, vector).unroll(i);
    overPanels.update(0).reorder(i, g, t, panel).vectorize(i, vector).unroll(i);
    return result;
  }

  /// Scores and weights wait in scratch operands: a second exponential costs more than the store, and the mixing loop
  /// broadcasts weights from memory.
  void weigh() {
    largest = reduce("largest", veryLow, maxOf, masked(scores(i, p, g, t), veryLow));
    weights(i, p, g, t) = masked(exponential(scores(i, p, g, t) - largest(g, t)), 0.0f);
    weights.compute_root().vectorize(i, builder.lanesFor(keyPanel));
    total = reduce("total", 0.0f, sumOf, weights(i, p, g, t));
  }

  void mix() {
    Func mixed("mixed");
    constexpr int unrolled = 4;
    RDom blocks(0, unrolled, 0, positions / unrolled, "blocks"),
        tail(positions / unrolled * unrolled, positions % unrolled, "tail");
    auto term = [&](Expr position) {
      Expr weight = weights(position % keyPanel, position / keyPanel, g, t);
      return (coded ? weight * valueScales(position) : weight) * widen(v(i, position, p));
    };
    mixed(i, p, g, t) = 0.0f;
    mixed(i, p, g, t) += term(blocks.y * unrolled + blocks.x);
    mixed(i, p, g, t) += term(tail);
    // Times the reciprocal, as torch's flash attention on CPUs does. A row that sees nothing of this page has total 0,
    // and counts for nothing later.
    y(i, p, g, t) = mixed(i, p, g, t) * (1.0f / max(total(g, t), 1e-30f));
    tileRows(y, mixed, valuePanel);
    unrollSums(mixed.update(0), valuePanel, {blocks.x, blocks.y});
    mixed.update(0).unroll(blocks.x);
    unrollSums(mixed.update(1), valuePanel, {tail});
  }

  static constexpr Operands at{};
  PipelineBuilder &builder;
  DenseElement element;
  bool coded;
  int depth, group, keyPanel, valuePanel;
  bool oneToken;
  Tile tile;
  ImageParam q, k, v, keyScales, valueScales;
  Expr last, tokens, positions, panels;
  Var i{"i"}, p{"p"}, g{"g"}, t{"t"}; ///< within a panel, panel, query head, token
  Func scores{"scores"}, weights{"weights"}, largest, total, y{"y"};
};

} // namespace

Status buildAttention(PipelineBuilder &builder) { return PagePipeline(builder).build(); }

} // namespace tern
