//===- product.cpp - Operands of one ternary product ------------------------===//
#include "lib/trit/product.h"

#include "lib/trit/reference.h"
#include "lib/trit/table.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace tern {

static std::vector<uint8_t> pack(const ProductShape &shape, std::span<const int8_t> trits) {
  const Layout &layout = shape.layout;
  size_t band = size_t(layout.bandBytes(shape.columns));
  std::vector<uint8_t> packed(size_t(layout.matrixBytes(shape.rows, shape.columns)));
  for (int64_t row = 0; row < shape.rows; row += layout.tileRows) {
    int64_t count = std::min(layout.tileRows, shape.rows - row);
    packBand(layout, trits.subspan(size_t(row * shape.columns), size_t(count * shape.columns)), count, shape.columns,
             std::span(packed).subspan(size_t(row / layout.tileRows) * band, band));
  }
  return packed;
}

ProductOperands::ProductOperands(const ProductShape &shape, std::mt19937 &random, double density) : shape(shape) {
  auto [rows, columns, bound] = std::tuple(shape.rows, shape.columns, shape.tokenBound);
  trits.resize(size_t(rows * columns));
  std::vector<int8_t> values;
  for (int value = -128; value < 128; ++value)
    if (holds(shape.layout.encoding, value))
      values.push_back(int8_t(value));
  for (int8_t &trit : trits)
    trit = values[random() % values.size()];
  std::vector<bool> zero(size_t(columns), false);
  for (int64_t column = 0; column < columns; ++column)
    zero[size_t(column)] = double(random()) / 0x1p32 >= density;
  // Rows up to the next multiple of the kernel's tokens exist and may be read: what they hold must not matter.
  codes.resize(size_t(shape.paddedTokens * shape.paddedColumns));
  sums.resize(size_t(shape.paddedTokens * shape.groups()));
  int64_t group = columns / shape.groups();
  for (int64_t token = 0; token < shape.paddedTokens; ++token)
    for (int64_t column = 0; column < columns; ++column) {
      int8_t code = token == 0 ? int8_t(random() % 2 ? 127 : -128) : int8_t(random());
      if (zero[size_t(column)])
        code = 0;
      codes[size_t(token * shape.paddedColumns + column)] = code;
      sums[size_t(token * shape.groups() + column / group)] += code;
    }
  packed = pack(shape, trits);
  std::vector<int8_t> dense;
  for (int64_t token = 0; token < bound; ++token) {
    auto row = codes.begin() + token * shape.paddedColumns;
    dense.insert(dense.end(), row, row + columns);
    errors.push_back(shape.byteTables ? byteTableError({row, row + columns}, planeCount(shape.layout.encoding)) : 0);
  }
  expected.resize(size_t(bound * rows));
  if (shape.group == 0)
    referenceMatmul(trits, dense, rows, columns, bound, expected);
  else
    expectScaled(dense, random);
}

void ProductOperands::expectScaled(std::span<const int8_t> dense, std::mt19937 &random) {
  int64_t groups = shape.groups();
  std::vector<float> byRow(size_t(shape.rows * groups)), floats(expected.size());
  scales.resize(size_t(shape.paddedRows * groups));
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t group = 0; group < groups; ++group) {
      float scale = std::ldexp(float(random() % 8191 + 1), -16);
      byRow[size_t(row * groups + group)] = scale;
      scales[size_t(shape.layout.groupScaleIndex(row, group, groups))] = scale;
    }
  referenceGroupMatmul(trits, byRow, dense, shape.rows, shape.columns, groups, shape.tokenBound, floats);
  std::memcpy(expected.data(), floats.data(), floats.size() * sizeof(float));
}

bool ProductOperands::isRight(int32_t sum, int64_t token, int64_t row) const {
  return double(std::abs(int64_t(sum) - expected[size_t(token * shape.rows + row)])) <= errors[size_t(token)];
}

double productBytes(const Layout &layout, int64_t rows, int64_t columns, int64_t tokens) {
  return double(layout.matrixBytes(rows, columns)) + double(tokens) * (double(columns) + 4.0 * double(rows));
}

void callProduct(void *address, const ProductShape &shape, const KernelCall &call) {
  using P = const void *;
  using I = int64_t;
  I bytes = shape.layout.matrixBytes(shape.rows, shape.columns), groups = shape.groups();
  if (shape.group != 0) {
    auto function = reinterpret_cast<void (*)(P, P, I, I, I, I, I, P, P, I, I, I, I, I, P, P, I, I, I, P, P, I, I, I, P,
                                              P, I, I, I, I, I, I, I, I)>(address);
    function(call.codes, call.codes, 0, shape.paddedTokens, shape.paddedColumns, shape.paddedColumns, 1, call.sums,
             call.sums, 0, shape.paddedTokens, groups, groups, 1, call.weights, call.weights, 0, bytes, 1, call.scales,
             call.scales, 0, shape.paddedRows * groups, 1, call.out, call.out, 0, shape.paddedTokens, shape.paddedRows,
             shape.paddedRows, 1, call.begin, call.size, call.tokens);
    return;
  }
  auto function =
      reinterpret_cast<void (*)(P, P, I, I, I, I, I, P, P, I, I, I, P, P, I, I, I, P, P, I, I, I, I, I, I, I, I)>(
          address);
  function(call.codes, call.codes, 0, shape.paddedTokens, shape.paddedColumns, shape.paddedColumns, 1, call.sums,
           call.sums, 0, shape.paddedTokens, 1, call.weights, call.weights, 0, bytes, 1, call.out, call.out, 0,
           shape.paddedTokens, shape.paddedRows, shape.paddedRows, 1, call.begin, call.size, call.tokens);
}

std::pair<int64_t, int64_t> productShare(const ProductShape &shape, int64_t thread, int64_t threads) {
  int64_t bands = shape.paddedRows / shape.layout.tileRows;
  int64_t begin = std::min(bands * thread / threads * shape.layout.tileRows, shape.rows);
  int64_t end = std::min(bands * (thread + 1) / threads * shape.layout.tileRows, shape.rows);
  return {begin, end};
}

} // namespace tern
