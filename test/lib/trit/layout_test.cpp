//===- layout_test.cpp - Packed trits and back, for every encoding ----------===//
#include "lib/trit/encoding.h"
#include "lib/trit/layout.h"
#include "lib/trit/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <random>
#include <vector>

namespace tern {

static void PrintTo(const Layout &layout, std::ostream *out) { *out << layoutName(layout); }

namespace {

std::vector<int8_t> randomTrits(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<int8_t> trits(static_cast<size_t>(count));
  for (int8_t &trit : trits)
    trit = int8_t(int(random() % 3) - 1);
  return trits;
}

struct Shape {
  int64_t rows, columns;
};

class Layouts : public testing::TestWithParam<Layout> {};

TEST_P(Layouts, RoundTripOfOddShapes) {
  const Layout &layout = GetParam();
  ASSERT_TRUE(layout.verify());
  for (int64_t rows : {int64_t(1), layout.tileRows - 1, layout.tileRows})
    for (int64_t columns :
         {int64_t(1), layout.tileColumns - 1, layout.tileColumns, layout.tileColumns + 1, 3 * layout.tileColumns + 2}) {
      std::vector<int8_t> trits = randomTrits(rows * columns, unsigned(rows * 1000 + columns));
      std::vector<uint8_t> packed(size_t(layout.bandBytes(columns)), 0xee);
      packBand(layout, trits, rows, columns, packed);
      std::vector<int8_t> back(trits.size(), 99);
      unpackBand(layout, packed, rows, columns, back);
      EXPECT_EQ(back, trits) << layoutName(layout) << ", " << rows << " x " << columns;
    }
}

TEST_P(Layouts, PaddingIsWeightZero) {
  const Layout &layout = GetParam();
  int64_t columns = layout.tileColumns + 1;
  std::vector<int8_t> ones(static_cast<size_t>(columns), 1);
  std::vector<uint8_t> packed(static_cast<size_t>(layout.bandBytes(columns)));
  packBand(layout, ones, 1, columns, packed);
  int64_t padded = layout.paddedColumns(columns);
  std::vector<int8_t> all(size_t(layout.tileRows * padded));
  unpackBand(layout, packed, layout.tileRows, padded, all);
  for (int64_t row = 0; row < layout.tileRows; ++row)
    for (int64_t column = 0; column < padded; ++column)
      ASSERT_EQ(all[size_t(row * padded + column)], row == 0 && column < columns ? 1 : 0) << row << ", " << column;
}

/// For each encoding that there is, and holds trits, a tile of one unit and one of several.
std::vector<Layout> tilesOfAllEncodings() {
  std::vector<Layout> layouts;
  for (size_t i = 0; i < encodings().size(); ++i)
    if (const EncodingRules &rules = *encodings()[i]; holds(Encoding(i), 0))
      layouts.insert(layouts.end(), {{Encoding(i), rules.unitRows, rules.unitColumns},
                                     {Encoding(i), 3 * rules.unitRows, 5 * rules.unitColumns}});
  return layouts;
}

INSTANTIATE_TEST_SUITE_P(Units, Layouts, testing::ValuesIn(tilesOfAllEncodings()));
INSTANTIATE_TEST_SUITE_P(All, Layouts,
                         testing::Values(Layout{Encoding::Codes2, 4, 256}, Layout{Encoding::Codes2, 3, 4},
                                         Layout{Encoding::Lut3, 128, 9}, Layout{Encoding::Lut3, 5, 27},
                                         Layout{Encoding::Tl1, 64, 16}, Layout{Encoding::Tl1, 3, 4},
                                         Layout{Encoding::Tl2, 64, 24}, Layout{Encoding::Tl2, 7, 72},
                                         Layout{Encoding::Trits5, 4, 320}, Layout{Encoding::Trits5, 64, 20},
                                         Layout{Encoding::Trits5, 3, 5}, Layout{Encoding::Planes2, 64, 24},
                                         Layout{Encoding::Planes3, 5, 8}, Layout{Encoding::Planes4, 3, 16}),
                         [](const auto &info) {
                           std::string name = layoutName(info.param);
                           std::ranges::replace(name, ':', '_');
                           return name;
                         });

std::vector<uint8_t> packRow(Encoding encoding, std::vector<int8_t> trits) {
  Layout layout{encoding, 1, int64_t(trits.size())};
  EXPECT_TRUE(layout.verify());
  std::vector<uint8_t> packed(static_cast<size_t>(layout.bandBytes(layout.tileColumns)));
  packBand(layout, trits, 1, layout.tileColumns, packed);
  return packed;
}

TEST(Encodings, BytesAreThoseOfTheHeader) {
  // Columns 0, 1, 2, 3 in bits 0-1, 2-3, 4-5, 6-7.
  EXPECT_EQ(packRow(Encoding::Codes2, {-1, 0, 1, 1}), (std::vector<uint8_t>{0b10100100}));
  // Codes 0 + 3 * 1 + 9 * 2 = 21, 13 and 26: 21 | 13 << 5 | 26 << 10 = 0x69b5.
  EXPECT_EQ(packRow(Encoding::Lut3, {-1, 0, 1, 0, 0, 0, 1, 1, 1}), (std::vector<uint8_t>{0xb5, 0x69}));
  // Codes 2 + 3 * 0 = 2 and 8.
  EXPECT_EQ(packRow(Encoding::Tl1, {1, -1, 1, 1}), (std::vector<uint8_t>{0x82}));
  // 0 + 3 * 1 + 9 * 2 + 27 * 0 + 81 * 1 = 102; then one digit more: 2 + 3 * 2 + 27 * 1 + 81 * 2 = 197, past the gap.
  EXPECT_EQ(packRow(Encoding::Trits5, {0, 1, -1, 0, 1}), (std::vector<uint8_t>{102}));
  EXPECT_EQ(packRow(Encoding::Trits5, {1, -1, 0, 1, -1}), (std::vector<uint8_t>{199}));
  // Groups 0 (code 0 = middle - 13), 1 (code 26 = middle + 13) and 7 (code 12 = middle - 1).
  std::vector<int8_t> trits(24, 0);
  std::fill_n(trits.begin(), 3, int8_t(-1));
  std::fill_n(trits.begin() + 3, 3, int8_t(1));
  trits[21] = -1;
  EXPECT_EQ(packRow(Encoding::Tl2, trits), (std::vector<uint8_t>{0xdd, 0, 0, 0x10, 0x81}));
}

TEST(Encodings, NamesAndSizes) {
  for (auto [name, bits] : {std::pair("codes2", 2.0), std::pair("lut3", 16.0 / 9), std::pair("tl1", 2.0),
                            std::pair("tl2", 40.0 / 24), std::pair("trits5", 1.6), std::pair("planes1", 1.0),
                            std::pair("planes2", 2.0), std::pair("planes3", 3.0), std::pair("planes4", 4.0)}) {
    Result<Encoding> encoding = parseEncoding(name);
    ASSERT_TRUE(encoding) << name;
    EXPECT_EQ(encodingName(*encoding), name);
    Layout layout{*encoding, 2, 360};
    ASSERT_TRUE(layout.verify());
    EXPECT_EQ(double(layout.tileBytes()) * 8, bits * 720);
    EXPECT_EQ(layout.matrixBytes(5, 361), 6 * layout.tileBytes());
  }
  Result<Encoding> unknown = parseEncoding("tl3");
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().message.starts_with("unknown encoding 'tl3'; known: codes2, lut3, tl1, "))
      << unknown.error().message;
}

TEST(Encodings, TilesThatAreNoWholeUnitsAreRefused) {
  Status status = Layout{Encoding::Tl2, 4, 36}.verify();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "tile columns must be a multiple of 24 from 24 to 65536, not 36");
  EXPECT_FALSE((Layout{Encoding::Lut3, 0, 9}.verify()));
  EXPECT_FALSE((Layout{Encoding::Lut3, 4, 1 << 20}.verify()));
}

// Every weight that an encoding of planes holds, not only ternary ones, in each place of a byte.
TEST(Encodings, PlanesHoldIntegerWeights) {
  for (auto [encoding, values] :
       {std::pair(Encoding::Planes1, std::vector<int>{-1, 1}),
        std::pair(Encoding::Planes2, std::vector<int>{-2, -1, 0, 1}),
        std::pair(Encoding::Planes3, std::vector<int>{-4, -3, -2, -1, 0, 1, 2, 3}),
        std::pair(Encoding::Planes4, std::vector<int>{-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7})}) {
    SCOPED_TRACE(encodingName(encoding));
    EXPECT_EQ(size_t(1) << planeCount(encoding), values.size());
    for (int value = -128; value < 128; ++value)
      EXPECT_EQ(holds(encoding, value), std::ranges::count(values, value) == 1) << value;
    Layout layout{encoding, 3, 16};
    int64_t rows = 3, columns = 40; // two tiles and a half
    std::vector<int8_t> weights;
    for (int64_t i = 0; i < rows * columns; ++i)
      weights.push_back(int8_t(values[size_t(i * 7 / 5) % values.size()]));
    std::vector<uint8_t> packed(static_cast<size_t>(layout.bandBytes(columns)));
    packBand(layout, weights, rows, columns, packed);
    std::vector<int8_t> back(weights.size(), 99);
    unpackBand(layout, packed, rows, columns, back);
    EXPECT_EQ(back, weights);
  }
  EXPECT_EQ(packRow(Encoding::Planes1, {1, -1, 1, 1, -1, -1, -1, -1}), (std::vector<uint8_t>{0b1101}));
  // -2, 1 and six zeros: codes 0, 3 and 2, bit by bit.
  EXPECT_EQ(packRow(Encoding::Planes2, {-2, 1, 0, 0, 0, 0, 0, 0}), (std::vector<uint8_t>{0b10, 0b11111110}));
  // -1 and seven zeros: codes 0b0111 and 0b1000.
  EXPECT_EQ(packRow(Encoding::Planes4, {-1, 0, 0, 0, 0, 0, 0, 0}), (std::vector<uint8_t>{1, 1, 1, 0b11111110}));
}

TEST(Encodings, AllButOnePlaneHoldTernaryWeights) {
  EXPECT_FALSE(holds(Encoding::Planes1, 0));
  for (Encoding encoding :
       {Encoding::Codes2, Encoding::Lut3, Encoding::Tl1, Encoding::Tl2, Encoding::Columns2, Encoding::Trits5}) {
    EXPECT_EQ(planeCount(encoding), 0);
    for (int value = -3; value <= 3; ++value)
      EXPECT_EQ(holds(encoding, value), value >= -1 && value <= 1) << encodingName(encoding) << ' ' << value;
  }
}

// What kernels with byte permutes rely on: the low 7 bits of a byte tell field 4, and the low 7 bits of
// its average with that code tell the other four fields.
TEST(Encodings, Trits5DecodesByTwoTablesOf128) {
  std::vector<int> fourth(128, -1), others(128, -1);
  for (int number = 0; number < 243; ++number) {
    std::vector<int8_t> trits;
    int rest = 0;
    for (int i = 0, left = number; i < 5; ++i, left /= 3) {
      trits.push_back(int8_t(left % 3 - 1));
      if (i < 4)
        rest = rest * 3 + left % 3;
    }
    int byte = packRow(Encoding::Trits5, trits)[0], code = trits[4] + 1;
    int &first = fourth[size_t(byte % 128)], &second = others[size_t((byte + code + 1) / 2 % 128)];
    EXPECT_TRUE(first == -1 || first == code) << byte;
    EXPECT_TRUE(second == -1 || second == rest) << byte;
    first = code;
    second = rest;
  }
}

TEST(GroupTables, EntriesCoverEveryPatternOnce) {
  GroupTable full{Digits::Trits, 3, false};
  ASSERT_EQ(full.entries(), 27);
  for (int64_t entry = 0; entry < 27; ++entry)
    EXPECT_EQ((full.weight(entry, 0) + 1) + 3 * (full.weight(entry, 1) + 1) + 9 * (full.weight(entry, 2) + 1), entry);
}

TEST(GroupTables, MirroredTablesHaveTheUpperHalf) {
  for (GroupTable half : {GroupTable{Digits::Trits, 3, true}, GroupTable{Digits::Signs, 4, true}}) {
    GroupTable full = half;
    full.mirrored = false;
    int64_t codes = full.codes();
    EXPECT_EQ(half.entries(), (codes + 1) / 2);
    for (int64_t entry = 0; entry < half.entries(); ++entry)
      for (int64_t position = 0; position < half.group; ++position) {
        EXPECT_EQ(half.weight(entry, position), full.weight(codes / 2 + entry, position));
        EXPECT_EQ(half.weight(entry, position), -full.weight(codes - 1 - (codes / 2 + entry), position));
      }
  }
}

TEST(Layout, NamesAreReadBack) {
  for (std::string_view name : {"codes2:4x256", "codes2:4x64"}) {
    Result<Layout> layout = parseLayout(name);
    ASSERT_TRUE(layout) << layout.error().message;
    EXPECT_EQ(layoutName(*layout), name);
  }
}

TEST(Layout, NamesOfAnotherFormAreErrors) {
  for (std::string_view name : {"", "codes2", "codes2:", "codes2:4", "codes2:4x", "codes2:4x256y", "codes9:4x256",
                                "codes2:4x255", "codes2:-4x256", "codes2:4x99999999999999999999"})
    EXPECT_FALSE(parseLayout(name)) << name;
}

} // namespace
} // namespace tern
