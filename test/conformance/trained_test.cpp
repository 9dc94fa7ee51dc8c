//===- trained_test.cpp - Trained models against transformers -----------------===//
#include "runtime/eval/layers.h"
#include "runtime/eval/reference.h"
#include "test/conformance/agreement.h"
#include "test/conformance/compiled_model.h"
#include "test/lib/test_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace tern::test {
namespace {

/// On bitnet-2b4t-master (prompt 1, position 12) and llama-b158 (prompt 2) one activation code lies
/// within 3e-7 (relative) of a rounding boundary, and falls on the other side of it than in torch,
/// whose order of float sums the compiled model does not share. That moves these logits by 3e-3 to
/// 5e-3; all others agree to rounding. trilm was trained with float activations, of which 8 bits are left here:
/// measured are 3.9e-2 at worst, 1e-3 of the perplexity, and greedy tokens that part where the reference's margin is
/// 0.026.
struct Trained {
  const char *name;
  double worstLogits; ///< relative L2 error that a position may have
  bool isShipped;     ///< in examples, with what transformers made of it in test/conformance; else in ../shared/zoo
  double medianLogits = 1e-6;
  double margin = 0.02, perplexity = 5e-4; ///< as in Tolerances
};
constexpr Trained kTrained[] = {{"tiny-shakespeare", 2e-3, true},
                                {"bitnet-2b4t-master", 2e-2, false},
                                {"llama-b158", 2e-2, false},
                                {"era-b158", 2e-3, false},
                                {"trilm", 6e-2, false, 3e-2, 0.03, 2e-3}};

void PrintTo(const Trained &trained, std::ostream *out) { *out << trained.name; }

/// The tests of this suite run in one process and share its models.
class TrainedModels : public testing::TestWithParam<Trained> {
protected:
  static void TearDownTestSuite() { models.clear(); }

  void SetUp() override {
    std::string name = GetParam().name, zoo = sharedFolder() + "/zoo/" + name;
    if (!GetParam().isShipped && !std::filesystem::exists(zoo))
      GTEST_SKIP() << kWantsShared;
    checkpoint = GetParam().isShipped ? repositoryPath("examples/" + name) : zoo;
    references = GetParam().isShipped ? repositoryPath("test/conformance/" + name) : zoo;
    std::shared_ptr<Model> &known = models[checkpoint];
    if (!known)
      compileModel(known);
    model = known;
    ASSERT_TRUE(model);
  }

  void compileModel(std::shared_ptr<Model> &into) {
    TemporaryFolder folder;
    CompileOptions options;
    options.checkpoint = checkpoint;
    Result<std::shared_ptr<Model>> compiled = compileAndLoad(options, folder);
    ASSERT_TRUE(compiled) << compiled.error().message;
    into = *compiled;
  }

  static inline std::map<std::string, std::shared_ptr<Model>> models;
  std::string checkpoint, references;
  std::shared_ptr<Model> model;
};

TEST_P(TrainedModels, AgreeWithTransformers) {
  const Trained &trained = GetParam();
  expectAgreement(model, references, {trained.worstLogits, trained.margin, trained.perplexity}, trained.medianLogits);
}

/// The logits of all positions of all prompts, one after the other.
std::vector<float> logitsWith(const std::string &checkpoint, CacheElement cache, const Reference &reference) {
  TemporaryFolder folder;
  CompileOptions options;
  options.checkpoint = checkpoint;
  options.cache = cache;
  Result<std::shared_ptr<Model>> model = compileAndLoad(options, folder);
  EXPECT_TRUE(model) << model.error().message;
  std::vector<float> all;
  if (!model)
    return all;
  std::unique_ptr<Session> session = std::move(*Session::create(*model, 2, 0));
  for (const ReferencePrompt &prompt : reference.prompts) {
    session->truncate(0);
    EXPECT_TRUE(session->append(prompt.ids, Session::Logits::All, 0));
    all.insert(all.end(), session->logits().begin(), session->logits().end());
  }
  return all;
}

TEST(TrainedCache, Int8IsNearFloat16) {
  std::string checkpoint = repositoryPath("examples/tiny-shakespeare");
  Result<Reference> reference = Reference::load(repositoryPath("test/conformance/tiny-shakespeare"));
  ASSERT_TRUE(reference) << reference.error().message;
  std::vector<float> halves = logitsWith(checkpoint, CacheElement::F16, *reference),
                     codes = logitsWith(checkpoint, CacheElement::Int8, *reference);
  ASSERT_FALSE(halves.empty());
  ASSERT_EQ(halves.size(), codes.size());
  double error = relativeError(std::span<const float>(codes), std::span<const float>(halves));
  EXPECT_GT(error, 0); // they are not one cache
  EXPECT_LT(error, 2e-2);
}

TEST_P(TrainedModels, EveryOperatorAgreesWithTheReference) {
  Result<Checkpoint> weights = Checkpoint::open(checkpoint);
  ASSERT_TRUE(weights) << weights.error().message;
  Result<Json> report = checkLayers(model, &*weights, {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->at("pass").get<bool>()) << report->dump(1);
  EXPECT_EQ(report->at("worst").at("ternary.matmul"), 0);
}

INSTANTIATE_TEST_SUITE_P(All, TrainedModels, testing::ValuesIn(kTrained), [](const auto &info) {
  std::string name = info.param.name;
  std::ranges::replace(name, '-', '_');
  return name;
});

} // namespace
} // namespace tern::test
