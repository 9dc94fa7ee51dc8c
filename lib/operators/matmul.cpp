//===- matmul.cpp - Ternary products -------------------------------------===//
#include "lib/operators/reference.h"
#include "lib/trit/reference.h"

namespace tern {
namespace {

/// Padded rows of the weight have no part in it: their products are 0.
Results compute(const Context &c) {
  Result<Trits> weight = c.weights.ternary(c.text("weight"));
  if (!weight)
    return weight.error();
  const Matrix &input = c.input(0);
  size_t rows = size_t(weight->rows);
  std::vector<int8_t> codes;
  for (const Row &row : input) {
    if (int64_t(row.size()) < weight->columns)
      return c.error("has fewer columns than its weight");
    codes.insert(codes.end(), row.begin(), row.begin() + weight->columns);
  }
  std::vector<int32_t> sums(input.size() * rows);
  referenceMatmul(weight->values, codes, weight->rows, weight->columns, int64_t(input.size()), sums);
  Matrix result;
  for (size_t t = 0; t < input.size(); ++t) {
    Row row(sums.begin() + ptrdiff_t(t * rows), sums.begin() + ptrdiff_t((t + 1) * rows));
    row.resize(c.columns(0));
    result.push_back(std::move(row));
  }
  return std::vector<Matrix>{std::move(result)};
}

} // namespace

namespace reference {
ReferenceOperator matmul() {
  return {"ternary.matmul", 2, {{"weight", AttributeType::Text}, {"kernel", AttributeType::NotRead}}, compute};
}
} // namespace reference

} // namespace tern
