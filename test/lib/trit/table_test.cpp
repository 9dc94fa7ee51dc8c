//===- table_test.cpp - How far tables of bytes may be off ------------------===//
#include "lib/trit/table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace tern {
namespace {

/// A row's product by tables of bytes, in double: what a kernel of strategy bit_serial computes but for its float32.
double byteTableProduct(const std::vector<int> &weights, const std::vector<int8_t> &codes, int planes) {
  double largest = 1, all = 0, total = 0;
  for (size_t first = 0; first < codes.size(); first += 4) {
    double sum = 0;
    for (size_t i = first; i < first + 4; ++i)
      sum += std::abs(int(codes[i]));
    largest = std::max(largest, sum);
  }
  for (int8_t code : codes)
    all += code;
  for (int plane = 0; plane < planes; ++plane)
    for (size_t first = 0; first < codes.size(); first += 4) {
      double sum = 0;
      for (size_t i = first; i < first + 4; ++i)
        sum += (weights[i] + (1 << (planes - 1))) >> plane & 1 ? codes[i] : -codes[i];
      total += std::nearbyint(sum * 127 / largest) * (1 << plane);
    }
  return std::round((total * largest / 127 - all) / 2);
}

TEST(ByteTables, StayWithinTheirBoundAndComeNear) {
  std::mt19937 random(7);
  double nearest = 0;
  for (int round = 0; round < 2000; ++round) {
    int planes = 2 + round % 3;
    size_t columns = 4 * (1 + random() % 4);
    std::vector<int> weights;
    std::vector<int8_t> codes;
    double exact = 0;
    for (size_t i = 0; i < columns; ++i) {
      weights.push_back(int(random() % (1u << planes)) - (1 << (planes - 1)));
      codes.push_back(int8_t(random()));
      exact += weights.back() * codes.back();
    }
    double off = std::abs(byteTableProduct(weights, codes, planes) - exact), bound = byteTableError(codes, planes);
    ASSERT_LE(off, bound);
    nearest = std::max(nearest, off / bound);
  }
  EXPECT_GT(nearest, 0.5); // no bound that could not be wrong
}

TEST(ByteTables, ABoundForEveryNumberOfColumns) {
  EXPECT_DOUBLE_EQ(byteTableError({}, 2), 1);
  std::vector<int8_t> codes = {0, 0, 0, 0, -128};
  EXPECT_DOUBLE_EQ(byteTableError(codes, 2), 2 * 1.5 * 128 / 127 * (0.5 + 0x1p-12) + 1);
  EXPECT_DOUBLE_EQ(byteTableError(codes, 1), 2 * 128 / 127.0 * (0.5 + 0x1p-12) + 1);
}

} // namespace
} // namespace tern
