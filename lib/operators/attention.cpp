//===- attention.cpp - Attention of a block of tokens --------------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/attend.h"
#include <algorithm>
#include <cmath>

namespace tern {
namespace {

Results compute(const Context &c) {
  Result<AttentionFacts> facts = attentionFacts(c);
  if (!facts)
    return facts.error();
  // Codes of weights are made page by page.
  size_t headDim = facts->headDim, page = facts->page;
  bool paged = facts->queryRange > 0;
  Matrix result;
  for (size_t t = 0; t < c.input(0).size(); ++t) {
    Row out(c.columns(0));
    size_t seen = size_t(c.call.position) + t + 1, step = paged ? page : seen;
    for (size_t head = 0; head < out.size() / headDim; ++head) {
      double top = -HUGE_VAL, whole = 0;
      for (size_t first = 0; first < seen; first += step) {
        Row part(out.size());
        auto [largest, total] = attend(c, *facts, c.input(0)[t], head, first, std::min(seen, first + step), part);
        double next = std::max(top, largest), before = whole * std::exp(top - next),
               share = total * std::exp(largest - next);
        top = next;
        whole = before + share;
        for (size_t i = head * headDim; i < (head + 1) * headDim; ++i)
          out[i] = (before * out[i] + share * part[i]) / whole;
      }
    }
    result.push_back(std::move(out));
  }
  return std::vector<Matrix>{std::move(result)};
}

} // namespace

namespace reference {
ReferenceOperator attention() { return {"decoder.attention", 3, attentionAttributes(), compute}; }
} // namespace reference

} // namespace tern
