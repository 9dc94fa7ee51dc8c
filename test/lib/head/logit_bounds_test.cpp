//===- logit_bounds_test.cpp ----------------------------------------------===//
#include "lib/head/logit_bounds.h"
#include "test/lib/head/hard_rows.h"

#include <gtest/gtest.h>

#include <limits>

using namespace tern;
using namespace tern::test;

namespace {

/// Codes, figures and integer products of a few rows.
class Head {
public:
  Head(const std::vector<HardRow> &rows, int64_t columns) : rows(int64_t(rows.size())), columns(columns) {
    figures.resize(size_t(kRowFigures * this->rows));
    for (size_t i = 0; i < 2; ++i)
      planes[i].resize(rows.size() * bytes[i]);
    for (size_t i = 0; i < rows.size(); ++i) {
      RowFigures found = encodeRow(rows[i].weights, std::span(planes[0]).subspan(i * bytes[0], bytes[0]),
                                   std::span(planes[1]).subspan(i * bytes[1], bytes[1]));
      const float list[] = {found.scale[0], found.scale[1], found.residual[0], found.residual[1], found.norm};
      for (size_t k = 0; k < 5; ++k)
        figures[k * rows.size() + i] = list[k];
    }
  }
  CodeSums sums(const HiddenCodes &hidden, int plane, size_t row) const {
    size_t padded = size_t(codeColumns(columns));
    std::span<const uint8_t> codes = std::span(planes[plane]).subspan(row * bytes[plane], bytes[plane]);
    CodeSums sums{0, 0};
    for (size_t i = 0; i < size_t(columns); ++i) {
      sums.high += codeAt(codes, plane, int64_t(i)) * hidden.bytes[i];
      sums.low += codeAt(codes, plane, int64_t(i)) * hidden.bytes[padded + i];
    }
    return sums;
  }
  int64_t rows, columns;
  size_t bytes[2] = {size_t(codeRowBytes(columns, 0)), size_t(codeRowBytes(columns, 1))};
  std::vector<float> figures;
  std::vector<uint8_t> planes[2];
};

} // namespace

TEST(HiddenCodes, SixteenBitsInTwoBytes) {
  for (int64_t columns : {1, 100, 128, 1000})
    for (const std::vector<float> &x : hiddenStates(columns, 5)) {
      HiddenCodes codes;
      encodeHidden(x, codes);
      ASSERT_TRUE(codes.usable);
      size_t padded = size_t(codeColumns(columns));
      ASSERT_EQ(codes.bytes.size(), 2 * padded);
      long double error = 0, squares = 0, sum = 0;
      for (size_t i = 0; i < padded; ++i) {
        int number = 254 * codes.bytes[i] + codes.bytes[padded + i];
        long double value = i < x.size() ? x[i] : 0.0L;
        EXPECT_NE(codes.bytes[i], -128);
        EXPECT_NE(codes.bytes[padded + i], -128);
        error += (value - codes.step * (long double)number) * (value - codes.step * (long double)number);
        squares += value * value;
        sum += number;
      }
      EXPECT_GE(codes.error, std::sqrt(error));
      EXPECT_LE(codes.error, codes.step * 0.51 * std::sqrt(double(columns)));
      EXPECT_GE(codes.norm, std::sqrt(squares));
      EXPECT_EQ(codes.sum, double(sum));
    }
}

TEST(HiddenCodes, WhatCannotBeBoundedIsSaid) {
  HiddenCodes codes;
  encodeHidden(std::vector<float>{0, 0}, codes);
  EXPECT_FALSE(codes.usable);
  encodeHidden(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()}, codes);
  EXPECT_FALSE(codes.usable);
  encodeHidden(std::vector<float>{1, -std::numeric_limits<float>::infinity()}, codes);
  EXPECT_FALSE(codes.usable);
}

/// The heart of the matter: whatever the order of additions, the float lies between the bounds.
TEST(LogitBounds, HoldForEveryRowAndOrder) {
  for (int64_t columns : {1, 3, 127, 128, 300, 1000}) {
    std::vector<HardRow> rows = hardRows(columns, 4, uint64_t(columns));
    Head head(rows, columns);
    for (const std::vector<float> &x : hiddenStates(columns, uint64_t(columns) + 1)) {
      HiddenCodes hidden;
      encodeHidden(x, hidden);
      ASSERT_TRUE(hidden.usable);
      LogitBounds bounds(hidden, columns, figureArrays(head.figures.data(), head.rows));
      std::vector<CodeSums> sums;
      for (size_t i = 0; i < rows.size(); ++i)
        sums.push_back(head.sums(hidden, 0, i));
      std::vector<float> lower(rows.size()), upper(rows.size());
      bounds.coarse(sums, 0, lower.data(), upper.data());
      for (size_t i = 0; i < rows.size(); ++i) {
        SCOPED_TRACE(rows[i].kind + ", " + std::to_string(columns) + " columns");
        float fineLower, fineUpper;
        bounds.fine(sums[i], head.sums(hidden, 1, i), int64_t(i), fineLower, fineUpper);
        for (float logit : logitsInManyOrders(rows[i].weights, x)) {
          if (std::isnan(logit)) { // infinities met: nothing is claimed of such a row
            EXPECT_EQ(upper[i], std::numeric_limits<float>::infinity());
            EXPECT_EQ(fineUpper, std::numeric_limits<float>::infinity());
            continue;
          }
          EXPECT_LE(lower[i], logit);
          EXPECT_GE(upper[i], logit);
          EXPECT_LE(fineLower, logit);
          EXPECT_GE(fineUpper, logit);
        }
      }
    }
  }
}

TEST(LogitBounds, AreNarrow) {
  int64_t columns = 2560;
  std::vector<HardRow> rows = hardRows(columns, 1, 1);
  Head head(rows, columns);
  std::vector<float> x = hiddenStates(columns, 2)[0];
  HiddenCodes hidden;
  encodeHidden(x, hidden);
  LogitBounds bounds(hidden, columns, figureArrays(head.figures.data(), head.rows));
  CodeSums coarse = head.sums(hidden, 0, 0), fine = head.sums(hidden, 1, 0); // row 0 is uniform
  float lower, upper, fineLower, fineUpper;
  bounds.coarse({&coarse, 1}, 0, &lower, &upper);
  bounds.fine(coarse, fine, 0, fineLower, fineUpper);
  double whole = head.figures[size_t(4 * head.rows)] * hidden.norm; // what Cauchy and Schwarz say without codes
  EXPECT_LT(upper - lower, 2 * whole / 15);
  EXPECT_LT(fineUpper - fineLower, 2 * whole / 60);
}
