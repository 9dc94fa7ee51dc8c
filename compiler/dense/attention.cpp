//===- attention.cpp - Attention to one page of float keys and values ------===//
#include "compiler/dense/attention_page.h"

using namespace Halide;

namespace tern {
namespace {

class FloatPage : public AttentionPage {
public:
  explicit FloatPage(PipelineBuilder &builder)
      : AttentionPage(builder, 1), element(builder.kernel.operands[at.k].element) {}

private:
  Expr widen(Expr stored) const { return element == DenseElement::F16 ? widenFloat16(stored) : stored; }

  void score() override {
    Func dot("dot");
    RDom d(0, depth, "d");
    dot(i, p, g, t) = 0.0f;
    dot(i, p, g, t) += q(d, g, t) * widen(k(i, d, p));
    scores(i, p, g, t) = dot(i, p, g, t) * scale;
    scores.compute_root();
    tileRows(scores, dot, keyStrip);
    unrollSums(dot.update(0), keyStrip, {d}, k, d);
  }

  void mix() override {
    Func mixed("mixed");
    constexpr int unrolled = 4;
    RDom blocks(0, unrolled, 0, positions / unrolled, "blocks"),
        tail(positions / unrolled * unrolled, positions % unrolled, "tail");
    auto term = [&](Expr position) {
      return weights(position % keyStrip, position / keyStrip, g, t) * widen(v(i, position, p));
    };
    mixed(i, p, g, t) = 0.0f;
    mixed(i, p, g, t) += term(blocks.y * unrolled + blocks.x);
    mixed(i, p, g, t) += term(tail);
    // Times the reciprocal, as torch's flash attention on CPUs does. A row that sees nothing of this page has total 0,
    // and counts for nothing later.
    y(i, p, g, t) = mixed(i, p, g, t) * (1.0f / max(total(g, t), 1e-30f));
    tileRows(y, mixed, valueStrip);
    unrollSums(mixed.update(0), valueStrip, {blocks.x, blocks.y}, v, blocks.y, unrolled);
    mixed.update(0).unroll(blocks.x);
    unrollSums(mixed.update(1), valueStrip, {tail}, v, tail);
  }

  DenseElement element;
};

} // namespace

Status buildAttention(PipelineBuilder &builder) { return FloatPage(builder).build(); }

} // namespace tern
