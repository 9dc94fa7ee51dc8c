//===- head_norm.cpp - RMS norm of each head -----------------------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  Result<Row> weight = c.weight("weight");
  if (!weight)
    return weight.error();
  auto headDim = size_t(c.number("head_dim"));
  double eps = c.number("eps");
  for (const Row &x : c.input(0))
    if (headDim != weight->size() || x.size() % headDim != 0)
      return c.error("has rows that are no whole heads of its weight");
  return byRow(c.input(0), [&](const Row &x) {
    Row y;
    for (auto head = x.begin(); head != x.end(); head += ptrdiff_t(headDim)) {
      Row part = normalized({head, head + ptrdiff_t(headDim)}, *weight, eps);
      y.insert(y.end(), part.begin(), part.end());
    }
    return y;
  });
}

} // namespace

namespace reference {
ReferenceOperator head_norm() {
  return {"decoder.head_norm",
          1,
          {{"weight", AttributeType::Text}, {"eps", AttributeType::Number}, {"head_dim", AttributeType::Number}},
          compute};
}
} // namespace reference

} // namespace tern
