//===- attention_pages.cpp - Attention of one token, page by page --------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/attend.h"
#include <algorithm>

namespace tern {
namespace {

/// Of one token: a row a page.
Results compute(const Context &c) {
  Result<AttentionFacts> facts = attentionFacts(c);
  if (!facts)
    return facts.error();
  size_t page = facts->page, seen = size_t(c.call.position) + 1;
  Matrix parts, largest, total;
  for (size_t first = 0; first < seen; first += page) {
    Row out(c.columns(0)), tops, sums;
    for (size_t head = 0; head < out.size() / facts->headDim; ++head) {
      Attended attended = attend(c, *facts, c.input(0)[0], head, first, std::min(seen, first + page), out);
      tops.push_back(attended.largest);
      sums.push_back(attended.total);
    }
    parts.push_back(std::move(out));
    largest.push_back(std::move(tops));
    total.push_back(std::move(sums));
  }
  return std::vector<Matrix>{std::move(parts), std::move(largest), std::move(total)};
}

} // namespace

namespace reference {
ReferenceOperator attention_pages() { return {"decoder.attention_pages", 3, attentionAttributes(), compute}; }
} // namespace reference

} // namespace tern
