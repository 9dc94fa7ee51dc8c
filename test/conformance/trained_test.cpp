//===- trained_test.cpp - Trained models against their references -------------===//
#include "runtime/measure/eval/layers.h"
#include "runtime/measure/eval/reference.h"
#include "test/conformance/agreement.h"
#include "test/conformance/compiled_model.h"
#include "test/lib/test_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace tern::test {
namespace {

struct Trained {
  const char *name;
  bool isShipped; ///< in examples, with what transformers made of it in test/conformance; else in ../shared/zoo
  AgreementRules rules;
  std::vector<std::string> notJudged; ///< how each begins
};
/// trilm and both Qwen3 were trained with float activations, which are codes of 16 bits here. Of bitnet-long's prompt
/// of 2,048 tokens only the last logits are stored.
const Trained kTrained[] = {{"tiny-shakespeare", true, rulesOfOneReference(2e-3), {"layers: ", "settled prompts"}},
                            {"bitnet-2b4t-tiny", false, *findAgreementRules("codes"), {}},
                            {"bitnet-2b4t-master", false, *findAgreementRules("codes"), {}},
                            {"llama-b158", false, *findAgreementRules("codes"), {}},
                            {"bitnet-long", false, *findAgreementRules("codes"), {"prompt long: "}},
                            {"era-b158", false, *findAgreementRules("codes"), {}},
                            {"bitnet-v2", false, *findAgreementRules("codes"), {}},
                            {"bitnet-v2-a8", false, *findAgreementRules("codes"), {}},
                            {"qsparse", false, *findAgreementRules("cuts"), {}},
                            {"qsparse-block", false, *findAgreementRules("cuts"), {}},
                            {"reloaded-lm", false, *findAgreementRules("codes"), {}},
                            {"trilm", false, *findAgreementRules("floats"), {}},
                            {"qwen3-g128", false, *findAgreementRules("floats"), {}},
                            {"qwen3-bin-g128", false, *findAgreementRules("floats"), {}}};

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

TEST_P(TrainedModels, AgreeWithTheReferences) {
  const AgreementRules &rules = GetParam().rules;
  EXPECT_EQ(agreementRulesOf(model->manifest()).name, rules.name);
  expectAgreement(model, references, rules, GetParam().notJudged);
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
