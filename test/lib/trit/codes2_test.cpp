//===- codes2_test.cpp - The bytes of the 2-bit layout -------------------------===//
#include "lib/trit/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

using namespace tern;
using testing::ElementsAre;

namespace {

TEST(Codes2, BytesOfOneTile) {
  // 2 rows of 8 columns: V = 2 bytes a row; byte j has columns j, 2 + j, 4 + j and 6 + j from bit 0 up.
  Layout layout{Encoding::Codes2, 2, 8};
  std::vector<int8_t> trits = {-1, 0, 1, -1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1};
  std::vector<uint8_t> packed(4);
  packBand(layout, trits, 2, 8, packed);
  EXPECT_THAT(packed, ElementsAre(0b10'01'10'00, 0b01'10'00'01, 0b10101010, 0b10101010));
}

TEST(Codes2, WhatIsMissingIsWeightZero) {
  Layout layout{Encoding::Codes2, 2, 8};
  std::vector<uint8_t> packed(8, 0xff);
  packBand(layout, std::vector<int8_t>(9, 1), 1, 9, packed); // one of two rows, 9 of 16 columns
  EXPECT_THAT(packed, ElementsAre(0xaa, 0xaa, 0x55, 0x55, 0x56, 0x55, 0x55, 0x55));
}

TEST(Codes2, SizesArePadded) {
  Layout layout{Encoding::Codes2, 16, 64};
  EXPECT_EQ(layout.paddedRows(1), 16);
  EXPECT_EQ(layout.paddedRows(16), 16);
  EXPECT_EQ(layout.paddedColumns(65), 128);
  EXPECT_EQ(layout.tileBytes(), 256);
  EXPECT_EQ(layout.bandBytes(65), 512);
  EXPECT_EQ(layout.matrixBytes(17, 65), 1024);
  EXPECT_EQ(layout.matrixBytes(0, 65), 0);
}

TEST(LayoutNames, AreReadBack) {
  for (Layout layout : {Layout{Encoding::Codes2, 4, 256}, Layout{Encoding::Codes2, 16, 64}}) {
    Result<Layout> again = parseLayout(layoutName(layout));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, layout);
  }
  for (const char *bad : {"", "codes2", "codes2:", "codes2:4", "codes2:4x", "codes2:x256", "codes2:4x256x",
                          "codes2:4x6", "codes9:4x256", "codes2:0x256"})
    EXPECT_FALSE(parseLayout(bad)) << bad;
}

} // namespace
