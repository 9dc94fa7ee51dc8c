//===- attention_combine.cpp - Pages of attention into one result --------===//
#include "lib/operators/reference.h"
#include <algorithm>
#include <cmath>

namespace tern {
namespace {

/// Pages weighed by total * exp(largest - the largest of all).
Results compute(const Context &c) {
  const Matrix &parts = c.input(0), &largest = c.input(1), &total = c.input(2);
  size_t heads = largest[0].size(), headDim = parts[0].size() / heads;
  Row out(c.columns(0));
  for (size_t head = 0; head < heads; ++head) {
    double top = largest[0][head], all = 0;
    for (const Row &page : largest)
      top = std::max(top, page[head]);
    for (size_t n = 0; n < parts.size(); ++n)
      all += total[n][head] * std::exp(largest[n][head] - top);
    for (size_t n = 0; n < parts.size(); ++n)
      for (size_t i = head * headDim; i < (head + 1) * headDim; ++i)
        out[i] += total[n][head] * std::exp(largest[n][head] - top) / all * parts[n][i];
  }
  return std::vector<Matrix>{{std::move(out)}};
}

} // namespace

namespace reference {
ReferenceOperator attention_combine() { return {"decoder.attention_combine", 3, {}, compute}; }
} // namespace reference

} // namespace tern
