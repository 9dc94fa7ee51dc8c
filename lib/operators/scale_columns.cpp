//===- scale_columns.cpp - A weight's column scales on activations ---------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  Result<Row> scales = c.weight("weight", 0, ".scale");
  if (!scales)
    return scales.error();
  bool divide = c.flag("divide");
  for (const Row &x : c.input(0))
    if (x.size() > scales->size())
      return c.error("has fewer scales than columns");
  return byRow(c.input(0), [&](const Row &x) {
    Row y = x;
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = divide ? y[i] / (*scales)[i] : y[i] * (*scales)[i];
    return y;
  });
}

} // namespace

namespace reference {
ReferenceOperator scale_columns() {
  return {"ternary.scale_columns", 1, {{"weight", AttributeType::Text}, {"divide", AttributeType::Flag}}, compute};
}
} // namespace reference

} // namespace tern
