//===- candidates_test.cpp - What the tuner would time ----------------------------===//
#include "compiler/tune/candidates.h"

#include "compiler/select/kernel_table.h"

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

TEST(Candidates, BeginWithTheDefaultAndStayWithinTwiceItsCost) {
  for (const char *cpu : {"znver4", "haswell", "x86-64"}) {
    TargetInfo target = targetFor(cpu);
    CandidateList list = layoutCandidates(target);
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

TEST(Candidates, DecodeVariesTheDecodeKernelAlone) {
  TargetInfo target = targetFor("znver4");
  KernelChoice from = defaultChoice(target);
  CandidateList list = decodeCandidates(target, from);
  EXPECT_EQ(list.choices.front(), from);
  EXPECT_GT(list.choices.size(), 6u);
  expectDistinct(list);
  for (const KernelChoice &choice : list.choices) {
    EXPECT_EQ(choice.layout, from.layout);
    EXPECT_EQ(choice.prefill, from.prefill);
  }
}

TEST(Candidates, PrefillTakesNoMoreTokensThanTheBlockHas) {
  TargetInfo target = targetFor("znver4");
  KernelChoice from = defaultChoice(target);
  auto hasTokens = [](const CandidateList &list, const char *tokens) {
    return std::ranges::any_of(
        list.choices, [&](const KernelChoice &choice) { return choice.prefill.find(tokens) != std::string::npos; });
  };
  CandidateList wide = prefillCandidates(target, from, 32), narrow = prefillCandidates(target, from, 4);
  EXPECT_EQ(wide.choices.front(), from);
  expectDistinct(wide);
  EXPECT_TRUE(hasTokens(wide, "tokens = 6"));
  EXPECT_FALSE(hasTokens(narrow, "tokens = 6"));
  EXPECT_TRUE(hasTokens(narrow, "tokens = 2"));
  for (const KernelChoice &choice : wide.choices)
    EXPECT_EQ(choice.decode, from.decode);
}

TEST(Candidates, SumsThatDoNotFitIntoRegistersArePruned) {
  // haswell has 16 registers; 4 rows by 6 tokens need 24 sums.
  TargetInfo target = targetFor("haswell");
  KernelChoice from = defaultChoice(target);
  CandidateList list = prefillCandidates(target, from, 32);
  EXPECT_GT(list.pruned, 0u);
  for (const KernelChoice &choice : list.choices)
    if (choice.layout.find(", 4 by") != std::string::npos)
      EXPECT_EQ(choice.prefill.find("tokens = 6"), std::string::npos) << choice.prefill;
}

} // namespace
} // namespace tern
