//===- profile_test.cpp - Time by operator, and traces --------------------------===//
#include "lib/base/file.h"
#include "runtime/measure/profile/chrome_trace.h"
#include "runtime/measure/profile/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

namespace tern {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Manifest twoLayers() {
  Manifest manifest;
  manifest.name = "two \"layers\"";
  auto exported = [&](const char *name, std::vector<std::string> stages) {
    ManifestExport each;
    each.name = name;
    each.stages = std::move(stages);
    manifest.exports.push_back(std::move(each));
  };
  exported("prefill", {"embed token_embd"});
  exported("decode", {"embed token_embd", "barrier", "matmul blk.0.ffn_down", "matmul blk.1.ffn_down"});
  exported("logits", {"linear output"});
  manifest.stageParts = {{"matmul", "products"}};
  ManifestTensor tensor;
  tensor.name = "blk.0.ffn_down";
  tensor.bytes = 1000;
  manifest.tensors = {tensor};
  return manifest;
}

constexpr size_t kDecode = 1, kLogits = 2; // places of these exports

/// One decode step on `threads` threads, each stage entered once.
void runStep(Profiler &profiler, uint64_t stages) {
  profiler.beginStep(true, 5, 1);
  profiler.begin(kDecode);
  for (uint64_t thread = 0; thread < profiler.threads(); ++thread) {
    for (uint64_t stage = 0; stage < stages; ++stage)
      Profiler::mark(&profiler, thread, stage);
    profiler.endThread(thread);
  }
}

TEST(Profile, CountsCallsAndBytesByOperator) {
  Manifest manifest = twoLayers();
  Profiler profiler(manifest, 2);
  runStep(profiler, 4);
  runStep(profiler, 4);
  std::vector<StepProfile> profiles = summarize(profiler, /*mergeLayers=*/false);
  ASSERT_EQ(profiles.size(), 1u); // no prefill step was run
  EXPECT_TRUE(profiles[0].decode);
  EXPECT_EQ(profiles[0].steps, 2u);
  EXPECT_EQ(profiles[0].tokens, 2u);
  ASSERT_EQ(profiles[0].operators.size(), 4u);
  for (const OperatorTime &entry : profiles[0].operators) {
    EXPECT_EQ(entry.calls, 2u) << entry.stage;
    EXPECT_EQ(entry.seconds.size(), 2u);
    EXPECT_EQ(entry.weightBytes, entry.stage == "matmul blk.0.ffn_down" ? 2000 : 0) << entry.stage;
    EXPECT_GE(entry.balance(), 0);
    EXPECT_LE(entry.balance(), 1);
  }
}

TEST(Profile, LayersAreMergedByName) {
  Manifest manifest = twoLayers();
  Profiler profiler(manifest, 1);
  runStep(profiler, 4);
  std::vector<StepProfile> profiles = summarize(profiler, /*mergeLayers=*/true);
  ASSERT_EQ(profiles.size(), 1u);
  auto merged = std::ranges::find(profiles[0].operators, "matmul blk.*.ffn_down", &OperatorTime::stage);
  ASSERT_NE(merged, profiles[0].operators.end());
  EXPECT_EQ(merged->calls, 2u);
  EXPECT_THAT(profileText(profiles), HasSubstr("decode: 1 steps, 1 tokens"));
  EXPECT_THAT(profileText(profiles), HasSubstr("matmul blk.*.ffn_down"));
}

TEST(Profile, TimeIsGivenToTheStageThatWasEntered) {
  Manifest manifest = twoLayers();
  Profiler profiler(manifest, 1);
  profiler.beginStep(true, 0, 1);
  profiler.begin(kDecode);
  Profiler::mark(&profiler, 0, 0);
  Profiler::mark(&profiler, 0, 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  Profiler::mark(&profiler, 0, 2);
  profiler.endThread(0);
  std::vector<StepProfile> profiles = summarize(profiler, true);
  ASSERT_EQ(profiles.size(), 1u);
  EXPECT_EQ(profiles[0].operators.front().stage, "barrier"); // most time first
  EXPECT_GE(profiles[0].operators.front().mean(), 0.02);
  EXPECT_EQ(timeByPart(profiles[0]).front().part, "waiting");
  EXPECT_GE(profiles[0].seconds, 0.02);
}

TEST(Profile, AHeadWhoseStepWasNotProfiledIsLeftOut) {
  Manifest manifest = twoLayers();
  Profiler profiler(manifest, 1);
  profiler.begin(kLogits);
  Profiler::mark(&profiler, 0, 0);
  profiler.endThread(0);
  EXPECT_THAT(profiler.eventsOf(0), testing::IsEmpty());
  EXPECT_THAT(summarize(profiler, false), testing::IsEmpty());
}

TEST(Profile, AHeadCountsToTheStepBefore) {
  Manifest manifest = twoLayers();
  Profiler profiler(manifest, 1);
  runStep(profiler, 4);
  profiler.begin(kLogits);
  Profiler::mark(&profiler, 0, 0);
  profiler.endThread(0);
  std::vector<StepProfile> profiles = summarize(profiler, false);
  ASSERT_EQ(profiles.size(), 1u);
  auto head = std::ranges::find(profiles[0].operators, "linear output", &OperatorTime::stage);
  ASSERT_NE(head, profiles[0].operators.end());
  EXPECT_EQ(head->part, "head");
}

TEST(Profile, TraceIsJsonWithAnEventForEveryStage) {
  Manifest manifest = twoLayers();
  Profiler profiler(manifest, 2);
  runStep(profiler, 4);
  std::string path = std::filesystem::path(testing::TempDir()) / "trace.json";
  Status status = writeChromeTrace(profiler, path);
  ASSERT_TRUE(status) << status.error().message;
  Result<std::string> text = readFile(path, 1 << 20);
  ASSERT_TRUE(text);
  Result<Json> trace = parseJson(*text, path);
  ASSERT_TRUE(trace) << trace.error().message;
  std::vector<std::string> names;
  for (const Json &event : (*trace)["traceEvents"])
    if (event["ph"] == "X" && event["tid"] == 1) {
      names.push_back(event["name"]);
      EXPECT_GE(event["dur"].get<double>(), 0);
      EXPECT_EQ(event["args"]["position"], 5);
    }
  EXPECT_THAT(names, ElementsAre("token_embd", "barrier", "blk.0.ffn_down", "blk.1.ffn_down"));
}

TEST(Profile, TraceThatCannotBeWrittenIsAnError) {
  Manifest manifest = twoLayers();
  Profiler profiler(manifest, 1);
  runStep(profiler, 4);
  Status status = writeChromeTrace(profiler, "/dev/full");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("/dev/full"));
}

} // namespace
} // namespace tern
