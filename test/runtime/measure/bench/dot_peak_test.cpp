//===- dot_peak_test.cpp - The loops behind the ceilings ----------------------===//
//
// Their speed is not judged; that they run on this CPU and count what they do is.
//
//===----------------------------------------------------------------------===//
#include "lib/cpu/features.h"
#include "runtime/measure/bench/ceilings.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(Ceilings, TheBestDotLoopRunsHere) {
  const DotLoop &loop = bestDotLoop();
  EXPECT_FALSE(loop.name.empty());
  loop.run(3); // an instruction that this CPU lacks would end the process
  auto team = ThreadTeam::create(2);
  ASSERT_TRUE(team);
  EXPECT_GT(dotPeak(**team, loop), 0);
}

TEST(Ceilings, TilesAreTheLoopOnlyWhereTheyAreUsedAndThere) {
  EXPECT_TRUE(multipliesTiles("#ternary.amx<tokens = 32, rows = 32>"));
  EXPECT_FALSE(multipliesTiles("#ternary.panels<tokens = 8, width = 64, rows = 32>"));
  EXPECT_TRUE(multipliesTiles("#ternary.kernel<dot, unpack = tiles, tokens = 32, width = 64, rows = 32>"));
  EXPECT_FALSE(multipliesTiles("#ternary.kernel<dot, unpack = panel, tokens = 8, width = 64, rows = 32>"));
  EXPECT_EQ(&dotLoopFor(false), &bestDotLoop());
  const DotLoop &tiles = dotLoopFor(true);
  bool there = missingFeatures("amx-int8,amx-tile").empty();
  EXPECT_EQ(tiles.name.starts_with("tdpbssd"), there);
  tiles.run(3);
  auto team = ThreadTeam::create(2);
  ASSERT_TRUE(team);
  EXPECT_GT(dotPeak(**team, tiles), 0);
}

TEST(Ceilings, ReadsOfEveryPrefetchDistanceStayInTheBuffer) {
  Result<ColdBuffer> buffer = ColdBuffer::create(3 << 20);
  ASSERT_TRUE(buffer) << buffer.error().message;
  for (uint64_t threads : {1, 3}) {
    auto team = ThreadTeam::create(threads);
    ASSERT_TRUE(team);
    EXPECT_GT(readBandwidth(**team, *buffer, 0), 0);
    EXPECT_GT(readBandwidth(**team, *buffer, kReadAhead), 0);
  }
}

TEST(Ceilings, BandwidthIsTheFasterWayOfReading) {
  Ceilings ceilings;
  for (double value : {10.0, 30.0, 20.0})
    ceilings.read.add(value);
  for (double value : {25.0, 24.0, 26.0})
    ceilings.readAhead.add(value);
  EXPECT_DOUBLE_EQ(ceilings.bandwidth(), 25);
}

} // namespace
} // namespace tern
