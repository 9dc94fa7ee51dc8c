//===- rescale.cpp - From sums to float activations ----------------------===//
#include "lib/operators/reference.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  Result<Row> scale = c.weight("weight", 0, ".scale");
  if (!scale)
    return scale.error();
  double w = (*scale)[0];
  bool divide = c.flag("divide");
  Matrix result;
  for (size_t t = 0; t < c.input(0).size(); ++t) {
    if (c.input(0)[t].size() < c.columns(0) || t >= c.input(1).size() || c.input(1)[t].empty())
      return c.error("has fewer sums or steps than results");
    double s = c.input(1)[t][0];
    Row row(c.columns(0));
    for (size_t i = 0; i < row.size(); ++i)
      row[i] = divide ? c.input(0)[t][i] / (s * w) : c.input(0)[t][i] / s * w;
    result.push_back(std::move(row));
  }
  return std::vector<Matrix>{std::move(result)};
}

} // namespace

namespace reference {
ReferenceOperator rescale() {
  return {"ternary.rescale", 2, {{"weight", AttributeType::Text}, {"divide", AttributeType::Flag}}, compute};
}
} // namespace reference

} // namespace tern
