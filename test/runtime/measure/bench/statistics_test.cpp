//===- statistics_test.cpp - Figures of repeated measurements -----------------===//
#include "runtime/measure/bench/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tern {
namespace {

Sample sampleOf(std::initializer_list<double> values) {
  Sample sample;
  for (double value : values)
    sample.add(value);
  return sample;
}

TEST(Statistics, FiguresOfAnEvenNumber) {
  Sample sample = sampleOf({4, 2, 5, 9});
  EXPECT_DOUBLE_EQ(sample.mean(), 5);
  EXPECT_DOUBLE_EQ(sample.median(), 4.5);
  EXPECT_DOUBLE_EQ(sample.minimum(), 2);
  EXPECT_DOUBLE_EQ(sample.maximum(), 9);
  // Squares of the distances: 1 + 9 + 0 + 16 = 26, over 3.
  EXPECT_DOUBLE_EQ(sample.deviation(), std::sqrt(26.0 / 3));
}

TEST(Statistics, MedianOfAnOddNumberIsOneOfThem) { EXPECT_DOUBLE_EQ(sampleOf({100, 1, 3}).median(), 3); }

TEST(Statistics, OneValueHasNoDeviation) {
  Sample sample = sampleOf({7});
  EXPECT_DOUBLE_EQ(sample.mean(), 7);
  EXPECT_DOUBLE_EQ(sample.median(), 7);
  EXPECT_DOUBLE_EQ(sample.deviation(), 0);
}

TEST(Statistics, NoValuesAreZero) {
  EXPECT_DOUBLE_EQ(Sample().mean(), 0);
  EXPECT_DOUBLE_EQ(Sample().median(), 0);
  EXPECT_DOUBLE_EQ(Sample().maximum(), 0);
}

TEST(Statistics, JsonKeepsTheValuesInTheirOrder) {
  Json json = sampleOf({3, 1, 2}).toJson();
  EXPECT_EQ(json["values"], Json({3.0, 1.0, 2.0}));
  EXPECT_EQ(json["median"], 2.0);
  EXPECT_EQ(json["mean"], 2.0);
  EXPECT_EQ(json["stddev"], 1.0);
}

} // namespace
} // namespace tern
