//===- add_bias.cpp - A vector added to every row ------------------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  Result<Row> bias = c.weight("bias");
  if (!bias)
    return bias.error();
  if (c.input(0)[0].size() != bias->size())
    return c.error("has rows of another length than its bias");
  return byRow(c.input(0), [&](const Row &x) {
    Row y = x;
    for (size_t i = 0; i < y.size(); ++i)
      y[i] += (*bias)[i];
    return y;
  });
}

} // namespace

namespace reference {
ReferenceOperator add_bias() { return {"decoder.add_bias", 1, {{"bias", AttributeType::Text}}, compute}; }
} // namespace reference

} // namespace tern
