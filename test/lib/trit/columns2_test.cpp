//===- columns2_test.cpp - The layout whose columns can be skipped -------------===//
#include "lib/trit/layout.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <vector>

namespace tern {
namespace {

std::vector<int8_t> randomTrits(int64_t count) {
  std::mt19937 random(3);
  std::vector<int8_t> trits(static_cast<size_t>(count));
  for (int8_t &trit : trits)
    trit = int8_t(int(random() % 3) - 1);
  return trits;
}

TEST(Columns2, UnpacksWhatItPacked) {
  for (int64_t tileRows : {256, 512})
    for (auto [rows, columns] : {std::pair<int64_t, int64_t>{1, 1}, {256, 16}, {200, 37}, {256, 300}}) {
      Layout layout = {Encoding::Columns2, tileRows, 16};
      ASSERT_TRUE(layout.verify());
      std::vector<int8_t> trits = randomTrits(rows * columns), back(trits.size());
      std::vector<uint8_t> packed(size_t(layout.bandBytes(columns)));
      packBand(layout, trits, rows, columns, packed);
      unpackBand(layout, packed, rows, columns, back);
      EXPECT_EQ(back, trits) << rows << " x " << columns;
    }
}

// Byte 16L + 4v + d of a line holds row 64f + 16v + 4L + d in field f: the order that two rounds of interleaving undo.
TEST(Columns2, PutsRowsWhereTheTransposeWantsThem) {
  Layout layout = {Encoding::Columns2, 256, 16};
  constexpr int64_t kColumns = 32;
  for (int64_t row : {0, 5, 17, 63, 64, 200, 255}) {
    std::vector<int8_t> trits(256 * kColumns, 0);
    trits[size_t(row * kColumns + 3)] = 1;
    std::vector<uint8_t> packed(size_t(layout.bandBytes(kColumns)));
    packBand(layout, trits, 256, kColumns, packed);
    int64_t place = 3 * layout.columnStep(kColumns) % kColumns;
    int64_t field = row / 64, byte = 16 * (row / 4 % 4) + 4 * (row / 16 % 4) + row % 4;
    EXPECT_EQ(packed[size_t(place * 64 + byte)] >> (2 * field) & 3, 2) << "row " << row;
    int64_t other = 0; // all else is weight 0, code 1 in every field
    for (uint8_t value : packed)
      other += value != 0x55;
    EXPECT_EQ(other, 1) << "row " << row;
  }
}

TEST(Columns2, EveryColumnHasItsOwnPlace) {
  Layout layout = {Encoding::Columns2, 256, 16};
  for (int64_t columns : {1, 16, 300, 2560, 6912, 14336}) {
    int64_t step = layout.columnStep(columns), padded = layout.paddedColumns(columns);
    EXPECT_EQ(std::gcd(step, padded), 1);
    EXPECT_GT(step, 0);
    EXPECT_LT(step, padded);
  }
}

} // namespace
} // namespace tern
