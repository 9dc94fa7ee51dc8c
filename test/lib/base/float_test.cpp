//===- float_test.cpp - bfloat16 and binary16, every value ---------------------===//
#include "lib/base/bfloat16.h"
#include "lib/base/half.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace tern;

namespace {

TEST(Bfloat16, EveryValueComesBack) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    float value = bfloat16ToFloat(uint16_t(bits));
    uint16_t again = floatToBfloat16(value);
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(bfloat16ToFloat(again))) << bits;
    else
      EXPECT_EQ(again, bits);
  }
}

TEST(Bfloat16, RoundsToNearestEven) {
  EXPECT_EQ(floatToBfloat16(1.0f + 0x1p-8f), 0x3f80);            // a tie: down to even
  EXPECT_EQ(floatToBfloat16(1.0f + 0x3p-8f), 0x3f82);            // a tie: up to even
  EXPECT_EQ(floatToBfloat16(1.0f + 0x1p-8f + 0x1p-20f), 0x3f81); // above the tie
  EXPECT_EQ(floatToBfloat16(3.4e38f), 0x7f80);                   // past the largest
  EXPECT_TRUE(std::isnan(bfloat16ToFloat(floatToBfloat16(std::bit_cast<float>(0x7f800001u)))));
}

/// By the definition of IEEE 754: sign, 5 bits of exponent, 10 of fraction.
double halfValue(uint32_t bits) {
  double sign = bits & 0x8000 ? -1 : 1, fraction = bits & 0x3ff;
  int exponent = int(bits >> 10 & 31);
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

TEST(Half, EveryValue) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    float value = halfToFloat(uint16_t(bits));
    if ((bits & 0x7fff) > 0x7c00) {
      EXPECT_TRUE(std::isnan(value)) << bits;
    } else if ((bits & 0x7fff) == 0x7c00) {
      EXPECT_EQ(value, bits & 0x8000 ? -INFINITY : INFINITY);
    } else {
      EXPECT_EQ(double(value), halfValue(bits)) << bits;
      EXPECT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
    }
  }
}

} // namespace
