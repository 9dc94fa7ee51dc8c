//===- reference_test.cpp - The scalar arithmetic, by examples -----------------===//
#include "lib/trit/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

using namespace tern;
using testing::Each;
using testing::ElementsAre;

namespace {

TEST(ReferenceMatmul, ByHand) {
  std::vector<int8_t> weights = {1, 0, -1, /**/ 1, 1, 1}, codes = {3, 5, 7, /**/ -128, 127, -128};
  std::vector<int32_t> out(4);
  referenceMatmul(weights, codes, 2, 3, 2, out);
  EXPECT_THAT(out, ElementsAre(-4, 15, 0, -129));
}

TEST(ReferenceMatmul, LargestSumsFit) {
  std::vector<int8_t> weights(6912, -1), codes(6912, -128);
  std::vector<int32_t> out(1);
  referenceMatmul(weights, codes, 1, 6912, 1, out);
  EXPECT_EQ(out[0], 6912 * 128);
}

TEST(ReferenceGroupMatmul, ByHand) {
  // Rows of two groups of two columns: -2 * 0.5 - 9 * 2, and 8 * 1 - 2 * 4; the second token is the first times -1.
  std::vector<int8_t> weights = {1, -1, 0, 1, /**/ 1, 1, 1, 1}, codes = {3, 5, 7, -9, /**/ -3, -5, -7, 9};
  std::vector<float> scales = {0.5f, 2, /**/ 1, 4}, out(4);
  referenceGroupMatmul(weights, scales, codes, 2, 4, 2, 2, out);
  EXPECT_THAT(out, ElementsAre(-19, 0, 19, 0));
}

TEST(ReferenceGroupMatmul, GroupsAreAddedInTheirOrder) {
  std::vector<int8_t> weights = {1, 1, 1}, codes = {1, 1, 1};
  std::vector<float> out(1);
  referenceGroupMatmul(weights, std::vector<float>{0x1p24f, 1, 1}, codes, 1, 3, 3, 1, out);
  EXPECT_EQ(out[0], 0x1p24f); // each 1 is lost
  referenceGroupMatmul(weights, std::vector<float>{1, 1, 0x1p24f}, codes, 1, 3, 3, 1, out);
  EXPECT_EQ(out[0], 0x1p24f + 2);
}

TEST(ReferenceGroupMatmul, ProductsAreRoundedBeforeTheyAreAdded) {
  // -(3 * 0.1f) + 3 * 0.1f: a fused operation would leave the rounding error of the first product.
  std::vector<int8_t> weights = {-1, 1}, codes = {3, 3};
  std::vector<float> scales = {0.1f, 0.1f}, out = {1};
  ASSERT_NE(std::fma(3.0f, 0.1f, -(3 * 0.1f)), 0);
  referenceGroupMatmul(weights, scales, codes, 1, 2, 2, 1, out);
  EXPECT_EQ(out[0], 0);
}

std::vector<int8_t> quantized(const std::vector<float> &x, float &scale, int32_t &sum) {
  std::vector<int8_t> codes(x.size());
  scale = referenceQuantize(x, codes, sum);
  return codes;
}

TEST(ReferenceQuantize, LargestBecomes127) {
  float scale;
  int32_t sum;
  EXPECT_THAT(quantized({0.5f, -2.0f, 1.0f, 0}, scale, sum), ElementsAre(32, -127, 64, 0));
  EXPECT_EQ(scale, 63.5f);
  EXPECT_EQ(sum, -31);
}

TEST(ReferenceQuantize, ByOtherRules) {
  std::vector<float> x = {4, -2, 0, 0};
  std::vector<int8_t> codes(4);
  int32_t sum;
  EXPECT_EQ(referenceQuantize(x, codes, sum, {.range = 128}), 32);
  EXPECT_THAT(codes, ElementsAre(127, -64, 0, 0)); // Reloaded: the positive maximum is clipped
  ActivationCodes mean{4, ActivationCodes::Statistic::AbsMean, std::sqrt(7.0f), 1e-5f, true};
  EXPECT_FLOAT_EQ(referenceQuantize(x, codes, sum, mean), std::sqrt(7.0f) / 1.5f);
  EXPECT_THAT(codes, ElementsAre(7, -4, 0, 0)); // a4.8: 7.06 and -3.53
  EXPECT_EQ(sum, 3);
  float third = ActivationCodes{.range = 127, .roundedTwice = true}.scale(3),
        once = ActivationCodes{.range = 127, .roundedTwice = false}.scale(3);
  EXPECT_EQ(third, 1.0f / 3 * 127);
  EXPECT_EQ(once, 127.0f / 3);
}

TEST(WideCodes, AreTwoBytes) {
  const int32_t most = int32_t(ActivationCodes::kMostWide);
  for (int32_t code = -most; code <= most; ++code) {
    int32_t high = ActivationCodes::highByte(code), low = ActivationCodes::lowByte(code);
    ASSERT_EQ(256 * high + low, code);
    ASSERT_TRUE(high >= -127 && high <= 127) << code << " has the high byte " << high;
    ASSERT_TRUE(low >= -128 && low <= 127) << code << " has the low byte " << low;
  }
  EXPECT_EQ(ActivationCodes::highByte(128), 1); // halves go up, where the low byte is -128
  EXPECT_EQ(ActivationCodes::lowByte(128), -128);
  EXPECT_EQ(ActivationCodes::highByte(most + 128), 128); // of codes that are not clamped the byte would not be one
  EXPECT_EQ(ActivationCodes::wide().planes(), 2);
  EXPECT_EQ(ActivationCodes().planes(), 1);
}

TEST(WideCodes, OfARow) {
  const ActivationCodes wide = ActivationCodes::wide();
  std::vector<int32_t> codes(4);
  EXPECT_EQ(referenceCodes(std::vector<float>{-1, 0.5f, 0.005f, 0}, codes, wide), 32512);
  EXPECT_THAT(codes, ElementsAre(-32512, 16256, 163, 0)); // 162.56
  EXPECT_EQ(referenceCodes(std::vector<float>{32512, 0.5f, 1.5f, -2.5f}, codes, wide), 1);
  EXPECT_THAT(codes, ElementsAre(32512, 0, 2, -2));                                     // halves go to even
  EXPECT_EQ(referenceCodes(std::vector<float>{3, 0, 0, 0}, codes, wide), 32512.0f / 3); // rounded once
}

TEST(WideCodes, SmallRowsAreAsExactAsOthers) {
  const ActivationCodes wide = ActivationCodes::wide();
  std::vector<int32_t> codes(2);
  EXPECT_EQ(referenceCodes(std::vector<float>{1e-18f, -5e-19f}, codes, wide), 32512 / 1e-18f); // no floor of 1e-5
  EXPECT_THAT(codes, ElementsAre(32512, -16256));
  EXPECT_EQ(referenceCodes(std::vector<float>{0, -0.0f}, codes, wide), 32512 / 1e-20f);
  EXPECT_THAT(codes, Each(0));
}

TEST(WideCodes, ErrorIsAtMostHalfAStep) {
  std::vector<float> x;
  for (int i = 0; i < 4096; ++i)
    x.push_back(std::sin(float(i) * 0.37f) * std::exp(-float(i % 13)));
  std::vector<int32_t> codes(x.size());
  float scale = referenceCodes(x, codes, ActivationCodes::wide()), largest = 0;
  for (float value : x)
    largest = std::max(largest, std::fabs(value));
  for (size_t i = 0; i < x.size(); ++i) // 1/65024 of the largest, and two roundings of float32
    ASSERT_NEAR(codes[i] / double(scale), x[i], largest * (1.0 / 65024 + 0x1p-22)) << i;
}

TEST(ReferenceQuantize, HalvesGoToEven) {
  float scale;
  int32_t sum;
  EXPECT_THAT(quantized({127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f}, scale, sum), ElementsAre(127, 0, 2, 2, 0, -2));
}

TEST(ReferenceQuantize, NothingIsScaledAsIfItWere1e5th) {
  float scale;
  int32_t sum;
  EXPECT_THAT(quantized(std::vector<float>(5), scale, sum), Each(0));
  EXPECT_EQ(scale, 1 / 1e-5f * 127);
  EXPECT_THAT(quantized({1e-6f, -1e-6f}, scale, sum), ElementsAre(13, -13));
}

TEST(ReferenceQuantize, ScalesRoundTwice) {
  // 127 / 0.3f and (1 / 0.3f) * 127 differ; transformers computes the second.
  float scale;
  int32_t sum;
  quantized({0.3f}, scale, sum);
  EXPECT_EQ(scale, 1.0f / 0.3f * 127.0f);
}

} // namespace
