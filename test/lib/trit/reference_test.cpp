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
