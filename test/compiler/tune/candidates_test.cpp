//===- candidates_test.cpp - What the tuner would time ----------------------------===//
#include "compiler/tune/candidates.h"

#include "compiler/select/tiles.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tern {
namespace {

TargetInfo targetFor(const char *cpu) {
  Result<TargetInfo> target = resolveTarget(cpu, "x86_64-linux-gnu");
  EXPECT_TRUE(target);
  return *target;
}

void expectDistinct(const CandidateList &list) {
  for (size_t i = 0; i < list.choices.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      EXPECT_FALSE(list.choices[i] == list.choices[j]) << list.choices[i].family << " twice";
}

constexpr TunedProduct kProduct = {2560, 6912, 32, 2};

bool any(const CandidateList &list, std::string KernelChoice::*text, std::string_view what) {
  return std::ranges::any_of(
      list.choices, [&](const KernelChoice &choice) { return (choice.*text).find(what) != std::string::npos; });
}

/// The default's family with other kernels of it.
KernelChoice choiceOf(const char *family, const char *layout, const char *decode, const char *prefill) {
  return {family, layout, decode, prefill};
}

const KernelChoice kLut = choiceOf("lut3-v64", "lut3, 256 by 9", "lut<width = 64, stretch = 8064>",
                                   "lut<tokens = 2, width = 64, stretch = 4032>");

TEST(Candidates, BeginWithTheDefaultAndStayWithinTwiceItsCost) {
  for (const char *cpu : {"znver4", "haswell", "x86-64"}) {
    TargetInfo target = targetFor(cpu);
    CandidateList list = familyCandidates(target, kProduct);
    ASSERT_FALSE(list.choices.empty());
    EXPECT_EQ(list.choices.front(), defaultChoice(target)) << cpu;
    expectDistinct(list);
    double least = findKernelFamily(list.choices.front().family)->cost();
    for (const KernelChoice &choice : list.choices) {
      const KernelFamily *family = findKernelFamily(choice.family);
      ASSERT_NE(family, nullptr);
      EXPECT_TRUE(family->exact) << choice.family;
      EXPECT_TRUE(holds(family->layout.encoding, 0)) << choice.family; // bits1 is for binary weights
      EXPECT_LE(family->cost(), 2 * least) << choice.family;
      for (llvm::StringRef feature : family->features)
        EXPECT_TRUE(target.has(feature.str())) << choice.family << " on " << cpu;
    }
  }
}

TEST(Candidates, TheModelCountsPaddingAndThreadsThatWait) {
  const KernelFamily &family = *findKernelFamily("lut3-v64"); // 256 by 9
  double cost = family.cost();
  EXPECT_DOUBLE_EQ(modelledCost(family, family.layout, {512, 900, 2}), cost);
  EXPECT_DOUBLE_EQ(modelledCost(family, family.layout, {128, 900, 1}), 2 * cost);       // half of the tile is padding
  EXPECT_DOUBLE_EQ(modelledCost(family, family.layout, {256, 900, 2}), 2 * cost);       // one band, one thread waits
  EXPECT_DOUBLE_EQ(modelledCost(family, family.layout, {768, 900, 2}), 4.0 / 3 * cost); // three for two threads
}

TEST(Candidates, AFamilyHasASmallerTileWhereItsOwnIsPadding) {
  TargetInfo target = targetFor("znver4");
  CandidateList list = familyCandidates(target, {64, 900, 8, 1});
  auto lut = std::ranges::find(list.choices, "lut3-v64", &KernelChoice::family);
  ASSERT_NE(lut, list.choices.end());
  EXPECT_EQ(lut->layout, "lut3, 64 by 9");
}

TEST(Candidates, TilesVaryRowsAndColumnsWithinWhatTheModelAllows) {
  TargetInfo target = targetFor("znver4");
  KernelChoice rows = choiceOf("dot2-column-lanes-v64", "codes2, 4 by 256", "rows<prefetch = 4096>",
                               "rows<unpack = shift, tokens = 4>");
  std::vector<KernelChoice> from = {rows, kLut};
  CandidateList list = tileCandidates(target, kProduct, from);
  EXPECT_EQ(list.choices[0], rows);
  EXPECT_EQ(list.choices[1], kLut);
  expectDistinct(list);
  for (const char *layout :
       {"codes2, 2 by 256", "codes2, 4 by 128", "codes2, 4 by 512", "lut3, 64 by 9", "lut3, 64 by 36"})
    EXPECT_TRUE(any(list, &KernelChoice::layout, layout)) << layout;
  EXPECT_LE(list.choices.size(), 40u);
  EXPECT_GT(list.pruned, 0u); // 8 rows by 4 fields are more sums than registers
  // A word is a row where rows are in lanes: only rows of the tile vary.
  std::vector<KernelChoice> lanes = {defaultChoice(target)};
  for (const KernelChoice &choice : tileCandidates(target, kProduct, lanes).choices)
    EXPECT_NE(choice.layout.find(" by 20"), std::string::npos) << choice.layout;
  // Tiles of 256 rows are half padding of 128.
  std::vector<KernelChoice> small = {choiceOf("lut3-v64", "lut3, 128 by 9", kLut.decode.c_str(), kLut.prefill.c_str())};
  EXPECT_FALSE(any(tileCandidates(target, {128, 900, 8, 1}, small), &KernelChoice::layout, "256 by"));
}

TEST(Candidates, DecodeVariesTheDecodeKernelAlone) {
  TargetInfo target = targetFor("znver4");
  for (const KernelChoice &from : {defaultChoice(target), kLut}) {
    CandidateList list = decodeCandidates(target, kProduct, from);
    EXPECT_EQ(list.choices.front(), from);
    EXPECT_GT(list.choices.size(), 6u);
    EXPECT_LE(list.choices.size(), 24u);
    expectDistinct(list);
    for (const KernelChoice &choice : list.choices) {
      EXPECT_EQ(choice.layout, from.layout);
      EXPECT_EQ(choice.prefill, from.prefill);
    }
  }
}

TEST(Candidates, TablesAreStretchedBelowTheColumnsThatThereAre) {
  TargetInfo target = targetFor("znver4");
  CandidateList wide = decodeCandidates(target, kProduct, kLut);
  EXPECT_TRUE(any(wide, &KernelChoice::decode, "stretch = 4032"));
  EXPECT_TRUE(any(wide, &KernelChoice::decode, "stretch = 504"));
  CandidateList narrow = decodeCandidates(target, {2560, 900, 32, 1}, kLut);
  EXPECT_FALSE(any(narrow, &KernelChoice::decode, "stretch = 4032"));
  EXPECT_TRUE(any(narrow, &KernelChoice::decode, "stretch = 504"));
  EXPECT_TRUE(any(prefillCandidates(target, kProduct, kLut), &KernelChoice::prefill, "stretch = 1008"));
  EXPECT_FALSE(any(decodeCandidates(target, kProduct, defaultChoice(target)), &KernelChoice::decode, "stretch"));
}

TEST(Candidates, PrefillTakesNoMoreTokensThanTheBlockHas) {
  TargetInfo target = targetFor("znver4");
  KernelChoice from = defaultChoice(target);
  CandidateList wide = prefillCandidates(target, kProduct, from),
                narrow = prefillCandidates(target, {2560, 6912, 4, 2}, from);
  EXPECT_EQ(wide.choices.front(), from);
  expectDistinct(wide);
  EXPECT_LE(wide.choices.size(), 40u);
  EXPECT_TRUE(any(wide, &KernelChoice::prefill, "tokens = 6"));
  EXPECT_TRUE(any(wide, &KernelChoice::prefill, "rows = 16"));
  EXPECT_FALSE(any(narrow, &KernelChoice::prefill, "tokens = 6"));
  EXPECT_TRUE(any(narrow, &KernelChoice::prefill, "tokens = 4"));
  for (const KernelChoice &choice : wide.choices)
    EXPECT_EQ(choice.decode, from.decode);
}

TEST(Candidates, TilesAreVariedAsFarAsRegistersHoldThem) {
  TargetInfo target = targetFor("emeraldrapids");
  KernelChoice from = defaultChoice(target);
  EXPECT_EQ(from.family, "dot1.6-amx");
  CandidateList list = prefillCandidates(target, kProduct, from);
  EXPECT_EQ(list.choices.front(), from);
  expectDistinct(list);
  EXPECT_TRUE(any(list, &KernelChoice::prefill, "amx<rows = 32>"));
  EXPECT_TRUE(any(list, &KernelChoice::prefill, "panels<"));      // vectors stay candidates
  EXPECT_FALSE(any(list, &KernelChoice::prefill, "tokens = 48")); // kProduct has blocks of 32
  // 48 tokens by 16 rows and not by 32: four sums, three and two operands are more than eight registers.
  CandidateList wide = prefillCandidates(target, {2560, 6912, 128, 2}, from);
  std::string kernels;
  for (const KernelChoice &choice : wide.choices)
    kernels += choice.prefill + "\n";
  EXPECT_NE(kernels.find("tokens = 48"), kernels.npos) << kernels;
  for (const KernelChoice &choice : wide.choices)
    EXPECT_FALSE(choice.prefill.find("tokens = 48") != choice.prefill.npos &&
                 choice.prefill.find("rows = 32") != choice.prefill.npos);
}

TEST(Measurements, OfFormerTextsAreFoundAgain) {
  auto measured = [](int64_t tokens, const char *family, const char *layout, const char *kernel, double time) {
    return TuningMeasurement{2560, 6912, tokens, 2, family, layout, kernel, time, 9};
  };
  std::vector<TuningMeasurement> measurements = {
      measured(1, "dot2-v64", "codes2, 64 by 16", "dot, prefetch = 512, width = 64", 1),
      measured(32, "dot2-v64", "codes2, 64 by 16", "dot, unpack = panel, tokens = 8, width = 64, rows = 32", 2),
      measured(32, "dot2-v64", "codes2, 64 by 16", "dot, unpack = shift, tokens = 4, width = 64, rows = 16", 3),
      measured(32, "dot2-v64", "codes2, 64 by 16", "dot, unpack = shift, tokens = 4, width = 64, rows = 32", 4),
      measured(1, "dot2-rows-v64", "codes2, 4 by 256", "dot, unroll = 2", 5),
      measured(1, "dot2-columns-v64", "columns2, 256 by 16", "dot, prefetch = 640, width = 64, skip_below = 70", 6),
      measured(1, "lut3-v64", "lut3, 256 by 9", "lut, width = 64, stretch = 504", 7),
      measured(1, "gone-v64", "codes2, 4 by 256", "dot", 8)};
  std::vector<TuningMeasurement> expected = {
      measured(1, "dot2-v64", "codes2, 64 by 16", "lanes<prefetch = 512, width = 64>", 1),
      measured(32, "dot2-v64", "codes2, 64 by 16", "panels<tokens = 8, width = 64, rows = 32>", 2),
      measured(32, "dot2-v64", "codes2, 64 by 16", "lanes<unpack = shift, tokens = 4, width = 64>",
               4), // rows told nothing
      measured(1, "dot2-column-lanes-v64", "codes2, 4 by 256", "rows<unroll = 2>", 5),
      measured(1, "dot2-columns-v64", "columns2, 256 by 16", "columns<prefetch = 640, width = 64, skip_below = 70>", 6),
      measured(1, "lut3-v64", "lut3, 256 by 9", "lut<width = 64, stretch = 504>", 7),
      measured(1, "gone-v64", "codes2, 4 by 256", "dot", 8)};
  for (int round = 0; round < 2; ++round) { // texts of now stay
    useCurrentTexts(targetFor("znver4"), measurements);
    ASSERT_EQ(measurements.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(measurements[i].sameKey(expected[i])) << measurements[i].family << ", " << measurements[i].kernel;
      EXPECT_EQ(measurements[i].nanoseconds, expected[i].nanoseconds);
    }
  }
}

TEST(Candidates, SumsThatDoNotFitIntoRegistersArePruned) {
  // haswell has 16 registers; 64 rows in vectors of 8 by 2 tokens need 16 sums.
  TargetInfo target = targetFor("haswell");
  KernelChoice from = defaultChoice(target);
  CandidateList list = prefillCandidates(target, kProduct, from);
  EXPECT_GT(list.pruned, 0u);
  EXPECT_FALSE(any(list, &KernelChoice::prefill, "panels<tokens = 8, unroll = 4, width = 32, rows = 16"));
}

} // namespace
} // namespace tern
