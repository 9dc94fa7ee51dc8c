//===- matmul.cpp - Ternary products -------------------------------------===//
#include "lib/operators/reference.h"
#include "lib/trit/reference.h"

#include <algorithm>

namespace tern {
namespace {

/// Those of rows of codes, int32 or, with scales of groups, float32.
Row products(const Trits &weight, std::span<const int8_t> codes, int64_t count) {
  size_t size = size_t(count * weight.rows);
  if (weight.groupScales.empty()) {
    std::vector<int32_t> sums(size);
    referenceMatmul(weight.values, codes, weight.rows, weight.columns, count, sums);
    return {sums.begin(), sums.end()};
  }
  std::vector<float> sums(size);
  referenceGroupMatmul(weight.values, weight.groupScales, codes, weight.rows, weight.columns,
                       int64_t(weight.groupScales.size()) / weight.rows, count, sums);
  return {sums.begin(), sums.end()};
}

/// Padded rows of the weight have no part in it: their products are 0.
Results compute(const Context &c) {
  Result<Trits> weight = c.weights.ternary(c.text("weight"));
  if (!weight)
    return weight.error();
  const Matrix &input = c.input(0);
  size_t rows = size_t(weight->rows), planes = size_t(c.number("planes"));
  std::vector<int8_t> codes;
  for (const Row &row : input) {
    size_t padded = row.size() / planes;
    if (int64_t(padded) < weight->columns)
      return c.error("has fewer columns than its weight");
    for (size_t plane = 0; plane < planes; ++plane) {
      auto begin = row.begin() + ptrdiff_t(plane * padded);
      codes.insert(codes.end(), begin, begin + weight->columns);
    }
  }
  Row sums = products(*weight, codes, int64_t(input.size() * planes));
  Matrix result;
  for (size_t t = 0; t < input.size(); ++t) {
    Row row(c.columns(0));
    for (size_t plane = 0; plane < planes; ++plane)
      std::copy_n(sums.begin() + ptrdiff_t((t * planes + plane) * rows), rows,
                  row.begin() + ptrdiff_t(plane * (row.size() / planes)));
    result.push_back(std::move(row));
  }
  return std::vector<Matrix>{std::move(result)};
}

} // namespace

namespace reference {
ReferenceOperator matmul() {
  return {"ternary.matmul",
          2,
          {{"weight", AttributeType::Text}, {"planes", AttributeType::Number}, {"kernel", AttributeType::NotRead}},
          compute};
}
} // namespace reference

} // namespace tern
