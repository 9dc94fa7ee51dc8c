//===- target_test.cpp - Target CPUs ------------------------------------------===//
#include "compiler/target/target.h"

#include "mlir/IR/MLIRContext.h"

#include <gmock/gmock.h>

namespace tern {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Target, NamedCpuHasItsFeatures) {
  Result<TargetInfo> target = resolveTarget("znver4", "x86_64-linux-gnu");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->cpu, "znver4");
  EXPECT_FALSE(target->isHost);
  EXPECT_TRUE(target->has("avx512vnni"));
  EXPECT_TRUE(target->has("avx2"));
  EXPECT_FALSE(target->has("amx-int8"));
  EXPECT_TRUE(std::is_sorted(target->features.begin(), target->features.end()));
}

TEST(Target, FeaturesFollowTheCpuNotTheHost) {
  Result<TargetInfo> target = resolveTarget("x86-64", "x86_64-linux-gnu");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_TRUE(target->has("sse2"));
  EXPECT_FALSE(target->has("avx2"));
  EXPECT_FALSE(target->has("avx512f"));
}

TEST(Target, TuningFlagsAreNoFeatures) {
  Result<TargetInfo> target = resolveTarget("skylake-avx512", "x86_64-linux-gnu");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_FALSE(target->has("prefer-256-bit"));
  EXPECT_THAT(target->featureString(), Not(HasSubstr("fast-")));
}

TEST(Target, ArmFromAnyHost) {
  Result<TargetInfo> target = resolveTarget("neoverse-v1", "aarch64-linux-gnu");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_TRUE(target->has("dotprod"));
  EXPECT_TRUE(target->has("i8mm"));
  EXPECT_THAT(requiredFeatures(*target), Contains("dotprod"));
}

TEST(Target, ExtraFeaturesAreAddedAndTakenAway) {
  std::vector<std::string> changes = {"+avx2", "-sse4.2"};
  Result<TargetInfo> target = resolveTarget("x86-64-v2", "x86_64-linux-gnu", changes);
  ASSERT_TRUE(target) << target.error().message;
  // LLVM orders the changes: what is taken away takes what builds on it along.
  EXPECT_FALSE(target->has("sse4.2"));
  EXPECT_THAT(target->features, Contains("-sse4.2"));

  changes = {"-avx512f"};
  target = resolveTarget("znver4", "x86_64-linux-gnu", changes);
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_FALSE(target->has("avx512vnni"));
  EXPECT_TRUE(target->has("avx2"));
  EXPECT_THAT(target->features, Contains("-avx512f"));
}

TEST(Target, HostNeedsOnlyWhatTheHostHas) {
  Result<TargetInfo> target = resolveTarget("host");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_TRUE(target->isHost);
  EXPECT_EQ(target->cpu, hostCpuName());
  EXPECT_NE(target->cpu, "host");
}

TEST(Target, UnknownCpuListsNearNames) {
  Result<TargetInfo> target = resolveTarget("znver44", "x86_64-linux-gnu");
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().message, HasSubstr("unknown target CPU 'znver44'"));
  EXPECT_THAT(target.error().message, HasSubstr("znver4"));
  target = resolveTarget("neoverse-v9", "aarch64-linux-gnu");
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().message, HasSubstr("neoverse-v"));
}

TEST(Target, OtherMistakes) {
  EXPECT_FALSE(resolveTarget("znver4", "aarch64-linux-gnu"));
  Result<TargetInfo> platform = resolveTarget("generic", "wasm32-unknown-unknown");
  ASSERT_FALSE(platform);
  EXPECT_THAT(platform.error().message, HasSubstr("not supported"));
  std::vector<std::string> changes = {"+avx3"};
  Result<TargetInfo> feature = resolveTarget("znver4", "x86_64-linux-gnu", changes);
  ASSERT_FALSE(feature);
  EXPECT_THAT(feature.error().message, HasSubstr("near names: avx"));
  changes = {"avx2"};
  EXPECT_FALSE(resolveTarget("znver4", "x86_64-linux-gnu", changes));
}

TEST(Target, TravelsOnTheModule) {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  EXPECT_FALSE(getTarget(*module));
  std::vector<std::string> changes = {"-avx512f"};
  Result<TargetInfo> target = resolveTarget("znver4", "x86_64-linux-gnu", changes);
  ASSERT_TRUE(target) << target.error().message;
  setTarget(*module, *target);
  Result<TargetInfo> read = getTarget(*module);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->triple, target->triple);
  EXPECT_EQ(read->cpu, target->cpu);
  EXPECT_EQ(read->features, target->features);
}

} // namespace
} // namespace tern
