//===- rows.h - Rows of matrices, for references ------------------------------===//
#pragma once

#include "lib/operators/reference.h"

namespace tern {

template <typename Compute> std::vector<Matrix> byRow(const Matrix &x, Compute compute) {
  Matrix result;
  for (const Row &row : x)
    result.push_back(compute(row));
  return {std::move(result)};
}

/// A result of compute(a, b) for all numbers of two matrices of one shape.
template <typename Compute> Results elementwise(const Context &c, const Matrix &a, const Matrix &b, Compute compute) {
  Matrix result = a;
  if (b.size() != a.size())
    return c.error("has operands of different sizes");
  for (size_t t = 0; t < a.size(); ++t) {
    if (b[t].size() != a[t].size())
      return c.error("has operands of different sizes");
    for (size_t i = 0; i < a[t].size(); ++i)
      result[t][i] = compute(a[t][i], b[t][i]);
  }
  return std::vector<Matrix>{std::move(result)};
}

/// The rows of input 0 normalised, by the attributes weight and eps of an RMS norm.
Results normalizedRows(const Context &c);

/// The sums of a row of codes of `columns` numbers in so many planes, padded each: plane by plane those of
/// count / planes groups of columns.
Row sumsOfCodes(const Row &codes, int planes, size_t columns, size_t count);

/// Codes of the rows of x by the attribute quantizer, padded to the columns of the first result, scales and sums
/// (ternary.quantize).
Results quantizedRows(const Context &c, const Matrix &x);

} // namespace tern
