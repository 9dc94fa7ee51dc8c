//===- model_bench_test.cpp - Speeds beside ceilings ---------------------------===//
#include "runtime/measure/bench/model_bench.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(TestFigures, ARunIsComparedWithItsOwnCeiling) {
  TestFigures test;
  // The machine reads half as much from the second run on; 10 bytes a token.
  for (auto [speed, peak] : {std::pair(5.4, 60.0), {3.0, 30.0}, {2.4, 30.0}}) {
    test.speed.add(speed);
    test.peak.add(peak);
  }
  EXPECT_DOUBLE_EQ(test.ofCeiling(10), 0.9);
  EXPECT_DOUBLE_EQ(test.ofCeiling(20), 1.8);
}

TEST(TestFigures, NoRunIsZero) { EXPECT_DOUBLE_EQ(TestFigures().ofCeiling(10), 0); }

} // namespace
} // namespace tern
