//===- features_test.cpp - What a CPU has, and what a model may ask ------------===//
#include "lib/cpu/features.h"
#include "lib/cpu/program_version.h"
#include "lib/cpu/tile_registers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

using namespace tern;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

namespace {

TEST(Features, MissingOnesInTheOrderAsked) {
  std::vector<std::string> present = {"avx", "avx2", "fma"};
  EXPECT_THAT(missingFeatures("avx2,fma", present), IsEmpty());
  EXPECT_THAT(missingFeatures("", present), IsEmpty());
  EXPECT_THAT(missingFeatures("avx512vnni,avx2,avx512f", present), ElementsAre("avx512vnni", "avx512f"));
}

TEST(Features, WhatIsNotKnownIsMissing) {
  EXPECT_FALSE(isKnownFeature("avx2048"));
  EXPECT_FALSE(isKnownFeature(""));
  EXPECT_THAT(missingFeatures("avx2048"), ElementsAre("avx2048"));
  // Even where somebody says that it is there: nobody could have found out.
  EXPECT_THAT(missingFeatures("avx2048", std::vector<std::string>{"avx2048"}), ElementsAre("avx2048"));
}

TEST(Features, ThoseOfTheHostAreKnownSortedAndNotMissing) {
  std::vector<std::string> host = hostFeatures();
  EXPECT_TRUE(std::ranges::is_sorted(host));
  for (const std::string &feature : host) {
    EXPECT_TRUE(isKnownFeature(feature)) << feature;
    EXPECT_THAT(missingFeatures(feature), IsEmpty());
  }
}

TEST(Features, TileRegistersAreAskedForWhereTheyAreNeeded) {
  EXPECT_TRUE(enableFeatures(""));
  EXPECT_TRUE(enableFeatures("avx2,avx512f")); // whatever this machine has: nothing is asked for
  Status status = enableFeatures("amx-int8,amx-tile,avx2");
  EXPECT_EQ(bool(status), missingFeatures("amx-tile").empty());
  if (!status)
    EXPECT_THAT(status.error().message,
                MatchesRegex("the system does not let this process use the tile registers of AMX \\(arch_prctl: .*\\); "
                             "compile for a CPU without them, as by --target-cpu=icelake-server"));
}

#if defined(__x86_64__)
/// The kernel's names of the same bits, from /proc/cpuinfo.
TEST(Features, AgreeWithTheKernel) {
  std::ifstream file("/proc/cpuinfo");
  std::string line, flags;
  while (flags.empty() && std::getline(file, line))
    if (line.starts_with("flags"))
      flags = line.substr(line.find(':') + 1) + " ";
  ASSERT_FALSE(flags.empty());
  std::vector<std::string> host = hostFeatures();
  for (auto [ours, kernels] : {std::pair{"avx2", "avx2"},
                               {"fma", "fma"},
                               {"avx512f", "avx512f"},
                               {"avx512vnni", "avx512_vnni"},
                               {"avx512vbmi", "avx512vbmi"},
                               {"avxvnni", "avx_vnni"},
                               {"ssse3", "ssse3"},
                               {"bmi2", "bmi2"},
                               {"f16c", "f16c"},
                               {"amx-int8", "amx_int8"}})
    EXPECT_EQ(std::ranges::count(host, ours) > 0, flags.find(std::string(" ") + kernels + " ") != std::string::npos)
        << ours;
}
#endif

TEST(Features, TheBrandIsOneLine) {
  EXPECT_FALSE(hostCpuBrand().empty());
  EXPECT_EQ(hostCpuBrand().find('\n'), std::string::npos);
}

TEST(ProgramVersion, NamesToolLlvmAndCpu) {
  EXPECT_THAT(programVersion("tern-x", "22.1.0", "znver4"),
              MatchesRegex("tern-x [0-9.]+\n  LLVM 22.1.0\n  host CPU znver4"));
  EXPECT_EQ(programVersion("t").substr(programVersion("t").find('\n')), "\n  LLVM none\n  host CPU " + hostCpuBrand());
}

} // namespace
