//===- rescale.cpp - From sums to float activations ------------------------===//
#include "lib/operators/reference.h"

namespace tern {
namespace {

/// Scales of columns have met the activations before, those of groups the sums; of the others there is one for the
/// tensor or for each row. Sums of two planes are 256 times the first plus the second.
Results compute(const Context &c) {
  std::string along = c.text("scales"), weight = c.text("weight");
  bool byRow = along == "rows", divide = c.flag("divide");
  bool isLeft = along == "rows" || along == "tensor";
  if (!isLeft && along != "columns" && along != "groups")
    return c.error("has scales along \"" + along + "\", which the reference does not know");
  Row scales = {1};
  if (isLeft) {
    Result<Row> stored = c.weights.row(weight + ".scale", 0);
    if (!stored)
      return stored.error();
    scales = std::move(*stored);
  }
  if (scales.size() < (byRow ? c.columns(0) : 1))
    return c.error("has fewer scales than rows");
  size_t planes = size_t(c.number("planes"));
  Matrix result;
  for (size_t t = 0; t < c.input(0).size(); ++t) {
    if (c.input(0)[t].size() < planes * c.columns(0) || t >= c.input(1).size() || c.input(1)[t].empty())
      return c.error("has fewer sums or steps than results");
    const Row &sums = c.input(0)[t];
    double s = c.input(1)[t][0];
    Row row(c.columns(0));
    for (size_t i = 0; i < row.size(); ++i) {
      double w = scales[byRow ? i : 0], sum = planes == 2 ? 256 * sums[i] + sums[sums.size() / 2 + i] : sums[i];
      row[i] = divide ? sum / (s * w) : sum / s * w;
    }
    result.push_back(std::move(row));
  }
  return std::vector<Matrix>{std::move(result)};
}

} // namespace

namespace reference {
ReferenceOperator rescale() {
  return {"ternary.rescale",
          2,
          {{"weight", AttributeType::Text},
           {"planes", AttributeType::Number},
           {"divide", AttributeType::Flag},
           {"scales", AttributeType::Text}},
          compute};
}
} // namespace reference

} // namespace tern
