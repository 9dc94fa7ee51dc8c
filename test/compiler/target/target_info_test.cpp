//===- target_info_test.cpp - Vectors, instructions and measured facts ------===//
#include "compiler/target/cpu_facts.h"
#include "compiler/target/instructions.h"
#include "compiler/target/target.h"

#include <gmock/gmock.h>

namespace tern {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TargetInfo named(const std::string &cpu) {
  return *resolveTarget(cpu, cpu.starts_with("neoverse") ? "aarch64-linux-gnu" : "x86_64-linux-gnu");
}

TEST(VectorUnit, FollowsFromTheFeatures) {
  struct {
    const char *cpu;
    int64_t bytes, floatBytes, dotBytes, registers;
  } expected[] = {
      {"x86-64", 16, 16, 16, 16},    {"x86-64-v2", 16, 16, 16, 16},   {"sandybridge", 32, 32, 16, 16},
      {"x86-64-v3", 32, 32, 32, 16}, {"alderlake", 32, 32, 32, 16},   {"x86-64-v4", 64, 64, 64, 32},
      {"znver4", 64, 64, 64, 32},    {"neoverse-v1", 16, 16, 16, 32},
  };
  for (const auto &[cpu, bytes, floatBytes, dotBytes, registers] : expected) {
    VectorUnit unit = vectorUnit(named(cpu));
    EXPECT_EQ(unit.bytes, bytes) << cpu;
    EXPECT_EQ(unit.floatBytes, floatBytes) << cpu;
    EXPECT_EQ(unit.dotBytes, dotBytes) << cpu;
    EXPECT_EQ(unit.registers, registers) << cpu;
  }
}

/// AVX-512 F alone has wide registers, but no instructions for bytes, and 16 registers of other widths.
TEST(VectorUnit, KnowsAvx512WithoutItsRest) {
  TargetInfo target{.triple = "x86_64-linux-gnu", .features = {"+avx", "+avx2", "+avx512f"}};
  VectorUnit unit = vectorUnit(target);
  EXPECT_EQ(unit.bytes, 64);
  EXPECT_EQ(unit.floatBytes, 32);
  EXPECT_EQ(unit.dotBytes, 32);
  EXPECT_EQ(unit.registers, 16);
}

TEST(Instructions, TheFirstThatTheTargetHas) {
  EXPECT_EQ(dotInstruction(named("znver4"), 64)->dot, "llvm.x86.avx512.vpdpbusd.512");
  EXPECT_EQ(dotInstruction(named("x86-64-v3"), 32)->multiplyU8, "llvm.x86.avx2.pmadd.ub.sw");
  EXPECT_EQ(dotInstruction(named("x86-64-v3"), 64), nullptr);
  EXPECT_EQ(dotInstruction(named("x86-64"), 16), nullptr);
  EXPECT_EQ(lookupInstruction(named("znver4"), 8, 16, 64)->name, "llvm.x86.avx512.permvar.qi.512");
  EXPECT_EQ(nibbleShuffle(named("znver4"), 64)->name, "llvm.x86.avx512.pshuf.b.512");
  EXPECT_EQ(lookupInstruction(named("neoverse-v1"), 8, 16, 16)->name, "llvm.aarch64.neon.tbl1");
  EXPECT_EQ(nibbleShuffle(named("neoverse-v1"), 16), nullptr); // an index past its table gives 0
  EXPECT_EQ(lookupInstruction(named("x86-64-v3"), 16, 32, 32), nullptr);
}

TEST(Instructions, SayWhatTheyNeed) {
  EXPECT_THAT(dotFeatures(64), ElementsAre(FeatureSet{"avx512vnni"}, FeatureSet{"avx512bw"}));
  EXPECT_THAT(lookupFeatures(8, 16, 32), ElementsAre(FeatureSet{"avx512vbmi", "avx512vl"}, FeatureSet{"avx2"}));
  EXPECT_THAT(lookupFeatures(16, 64, 64), IsEmpty());
}

TEST(LackingFeatures, AreThoseThatItsArchitectureCouldHave) {
  FeatureSet x86 = {"avx2", "ssse3"}, arm = {"i8mm", "neon"};
  EXPECT_THAT(*lackingFeatures(named("x86-64-v2"), x86), ElementsAre("avx2"));
  EXPECT_THAT(*lackingFeatures(named("x86-64-v3"), x86), IsEmpty());
  EXPECT_FALSE(lackingFeatures(named("x86-64"), arm));
  EXPECT_FALSE(lackingFeatures(named("neoverse-n1"), x86));
  EXPECT_THAT(*lackingFeatures(named("neoverse-n1"), arm), ElementsAre("i8mm"));
}

TEST(CpuFacts, AreThoseOfTheCpuOrTheDefaults) {
  EXPECT_EQ(cpuFacts("znver4").rowsFetch, 0);
  EXPECT_EQ(cpuFacts("znver4").screenFetchLevel, 2);
  EXPECT_EQ(cpuFacts("znver5").columnsSkipBelow, 65);
  EXPECT_EQ(cpuFacts("znver5").screenFetchLevel, 1);
  for (const char *cpu : {"x86-64-v4", "znver", "znver44", ""}) {
    EXPECT_FALSE(cpuFacts(cpu).rowsFetch) << cpu;
    EXPECT_FALSE(cpuFacts(cpu).columnsFetch) << cpu;
    EXPECT_EQ(cpuFacts(cpu).screenFetchLevel, 2) << cpu;
  }
}

} // namespace
} // namespace tern
