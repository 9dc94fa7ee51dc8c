//===- row_codes_test.cpp -------------------------------------------------===//
#include "lib/head/row_codes.h"
#include "test/lib/head/hard_rows.h"

#include <gtest/gtest.h>

using namespace tern;
using namespace tern::test;

namespace {

struct Encoded {
  std::vector<uint8_t> coarse, fine;
  RowFigures figures;
};

Encoded encode(const std::vector<float> &row) {
  int64_t columns = int64_t(row.size());
  Encoded encoded{std::vector<uint8_t>(size_t(codeRowBytes(columns, 0))),
                  std::vector<uint8_t>(size_t(codeRowBytes(columns, 1))),
                  {}};
  encoded.figures = encodeRow(row, encoded.coarse, encoded.fine);
  return encoded;
}

} // namespace

TEST(RowCodes, SizesArePaddedToLines) {
  EXPECT_EQ(codeColumns(1), 256);
  EXPECT_EQ(codeColumns(256), 256);
  EXPECT_EQ(codeColumns(2560), 2560);
  EXPECT_EQ(codeRowBytes(129, 0), 128); // two lines of 128 columns
  EXPECT_EQ(codeRowBytes(129, 1), 64);  // one of 256
  EXPECT_EQ(codeRowBytes(2560, 1), 640);
}

TEST(RowCodes, ALineHoldsItsColumnsInFields) {
  // 130 weights of which two are not the smallest: columns 5 and 69 share a byte, column 129 begins the second line.
  std::vector<float> row(130, -1.0f);
  row[5] = row[129] = 1.0f;
  Encoded encoded = encode(row);
  EXPECT_EQ(encoded.coarse.size(), 128u);
  EXPECT_EQ(encoded.coarse[5] & 15, 15);
  EXPECT_EQ(encoded.coarse[5] >> 4, 0);
  EXPECT_EQ(encoded.coarse[64 + 1] & 15, 15);
  EXPECT_EQ(encoded.coarse[64 + 2], 0); // padding
  for (int64_t column = 0; column < 130; ++column)
    EXPECT_EQ(codeAt(encoded.coarse, 0, column), row[size_t(column)] > 0 ? 15 : 0) << column;
  // What both planes leave is less than a quarter step: a fine code is where its coarse one is.
  for (int64_t column = 0; column < 130; ++column) {
    double value = encoded.figures.scale[0] * (codeAt(encoded.coarse, 0, column) - codeCentre(0)) +
                   encoded.figures.scale[1] * (codeAt(encoded.fine, 1, column) - codeCentre(1));
    EXPECT_NEAR(value, row[size_t(column)], 2.0 / 16 / 4) << column;
  }
}

TEST(RowCodes, FiguresBoundWhatTheCodesLeave) {
  for (int64_t columns : {1, 2, 63, 128, 200, 1100})
    for (const HardRow &row : hardRows(columns, 2, 7)) {
      SCOPED_TRACE(row.kind + ", " + std::to_string(columns) + " columns");
      Encoded encoded = encode(row.weights);
      const RowFigures &figures = encoded.figures;
      long double squares = 0, left[2] = {};
      for (int64_t i = 0; i < columns; ++i) {
        long double w = row.weights[size_t(i)];
        long double coarse = (long double)figures.scale[0] * (codeAt(encoded.coarse, 0, i) - 7.5L);
        long double fine = coarse + (long double)figures.scale[1] * (codeAt(encoded.fine, 1, i) - 1.5L);
        squares += w * w;
        left[0] += (w - coarse) * (w - coarse);
        left[1] += (w - fine) * (w - fine);
      }
      EXPECT_GE(figures.norm, std::sqrt(squares));
      for (int plane = 0; plane < 2; ++plane)
        EXPECT_GE(figures.residual[plane], std::sqrt(left[plane])) << plane;
      // Tight where there is something to encode: a bound that is too large would hold as well.
      if (std::isfinite(figures.norm) && figures.norm > 1e-30) {
        EXPECT_LE(figures.norm, std::sqrt(squares) * 1.000001L);
        EXPECT_LE(figures.residual[0], std::sqrt(left[0]) * 1.000001L + figures.norm * 1e-13L);
      }
    }
}

TEST(RowCodes, ResidualsAreSmall) {
  for (const HardRow &row : hardRows(2560, 1, 3)) {
    Encoded encoded = encode(row.weights);
    if (row.kind == "uniform") { // 16 levels over the range: 1/16 of the norm; 64: 1/64
      EXPECT_LT(encoded.figures.residual[0], encoded.figures.norm * 0.064);
      EXPECT_LT(encoded.figures.residual[1], encoded.figures.norm * 0.016);
    }
    if (row.kind == "normal") { // Max's quantiser has 0.1074
      EXPECT_LT(encoded.figures.residual[0], encoded.figures.norm * 0.115);
      EXPECT_LT(encoded.figures.residual[1], encoded.figures.norm * 0.04);
    }
    if (row.kind == "zero")
      EXPECT_EQ(encoded.figures.residual[1], 0);
  }
}
