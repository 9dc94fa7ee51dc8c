//===- gguf_test.cpp - GGUF files beside the folders that they are made of ------===//
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

CompileOptions optionsFor(const std::string &checkpoint) {
  CompileOptions options;
  options.checkpoint = checkpoint;
  options.i2s = checkpoint.find("aarch64") != checkpoint.npos || checkpoint.find("-arm") != checkpoint.npos
                    ? I2sBlocks::Aarch64
                    : I2sBlocks::X86;
  return options;
}

/// Each is compiled once: the tests run in one process.
std::shared_ptr<Model> compiled(const std::string &checkpoint) {
  static std::map<std::string, std::shared_ptr<Model>> models;
  auto [at, isNew] = models.try_emplace(checkpoint);
  if (!isNew)
    return at->second;
  TemporaryFolder folder;
  Result<std::shared_ptr<Model>> model = compileAndLoad(optionsFor(checkpoint), folder);
  EXPECT_TRUE(model) << model.error().message;
  return at->second = model ? *model : nullptr;
}

/// The logits of all positions of `ids`.
std::vector<float> logitsOf(const std::shared_ptr<Model> &model, std::span<const int32_t> ids) {
  if (!model)
    return {};
  std::unique_ptr<Session> session = std::move(*Session::create(model, 2, 0));
  EXPECT_TRUE(session->append(ids, Session::Logits::All));
  return {session->logits().begin(), session->logits().end()};
}

/// One of test/checkpoints/make_gguf.py, whose stored values are all those of the folder.
struct Twin {
  const char *file, *folder;
};
constexpr Twin kTwins[] = {
    {"bitnet-blocks.i2_s.gguf", "bitnet-blocks"},  {"bitnet-blocks.i2_s-aarch64.gguf", "bitnet-blocks"},
    {"bitnet-blocks.tq1_0.gguf", "bitnet-blocks"}, {"bitnet-blocks.tq2_0.gguf", "bitnet-blocks"},
    {"llama-blocks.f16.gguf", "llama-blocks"},     {"llama-blocks.tq1_0.gguf", "llama-blocks"},
    {"llama-blocks.tq2_0.gguf", "llama-blocks"},   {"tiny-shakespeare.i2_s-aarch64.gguf", "tiny-shakespeare"},
    {"qwen3-groups.q2_0.gguf", "qwen3-groups"},
};
void PrintTo(const Twin &twin, std::ostream *out) { *out << twin.file; }

std::string testName(std::string name) {
  std::ranges::replace_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
}

class GgufTwins : public testing::TestWithParam<Twin> {};

TEST_P(GgufTwins, LogitsAreTheFolders) {
  std::string folder = GetParam().folder;
  folder = folder == "tiny-shakespeare" ? repositoryPath("examples/" + folder) : madeCheckpoint(folder);
  std::vector<int32_t> ids;
  for (int32_t i = 0; i < 70; ++i)
    ids.push_back((i * 37 + 11) % 256);
  std::vector<float> expected = logitsOf(compiled(folder), ids);
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(logitsOf(compiled(madeGguf(GetParam().file)), ids), expected);
}

INSTANTIATE_TEST_SUITE_P(All, GgufTwins, testing::ValuesIn(kTwins),
                         [](const auto &info) { return testName(info.param.file); });

TEST(GgufTokenizers, IdsAreTheFolders) {
  std::shared_ptr<Model> file = compiled(madeGguf("tiny-shakespeare.i2_s-aarch64.gguf")),
                         folder = compiled(repositoryPath("examples/tiny-shakespeare"));
  ASSERT_TRUE(file && folder);
  Result<const Tokenizer *> ours = file->tokenizer(), theirs = folder->tokenizer();
  ASSERT_TRUE(ours && theirs);
  for (const char *text : {"ROMEO:\nO, she doth teach the torches to burn bright!", " a  b\t\n\n 12345 it's I'LL ~{}",
                           "<|begin_of_text|>x<|eot_id|> \xc3\xa9\xe4\xb8\x80\xf0\x9f\x98\x80", ""})
    for (bool special : {false, true})
      EXPECT_EQ(*(*ours)->encode(text, special), *(*theirs)->encode(text, special)) << text;
  EXPECT_EQ((*ours)->vocabSize(), (*theirs)->vocabSize());
  for (int32_t id = 0; id < (*theirs)->vocabSize(); ++id) {
    EXPECT_EQ((*ours)->decode(id), (*theirs)->decode(id)) << id;
    EXPECT_EQ((*ours)->isSpecial(id), (*theirs)->isSpecial(id)) << id;
  }
}

/// One of ../shared/zoo/gguf; NAME.json beside it has the greedy tokens of several readings.
struct Published {
  const char *name;
  const char *folder; ///< whose references hold too; null where the types rounded what that has
};
constexpr Published kPublished[] = {
    {"2b4t-tiny.i2_s", "bitnet-2b4t-tiny"},
    {"2b4t-tiny.i2_s-arm", "bitnet-2b4t-tiny"},
    {"llama-b158.i2_s", "llama-b158"},
    {"llama-b158.tq1_0", nullptr},
    {"trilm.tq2_0", nullptr},
    {"qwen3-g128.q2_0", "qwen3-g128"},
    {"qwen3-g128.q2_0_g64", "qwen3-g128"},
    {"qwen3-g128.pq2_0", "qwen3-g128"},
    {"qwen3-bin.q1_0", "qwen3-bin-g128"},
};
void PrintTo(const Published &published, std::ostream *out) { *out << published.name; }

class PublishedGguf : public testing::TestWithParam<Published> {
protected:
  void SetUp() override {
    std::string zoo = sharedFolder() + "/zoo/gguf/" + GetParam().name;
    if (!std::filesystem::exists(zoo + ".gguf"))
      GTEST_SKIP() << kWantsShared;
    Result<std::string> text = readFile(zoo + ".json", 64 << 20);
    ASSERT_TRUE(text) << text.error().message;
    Result<Json> parsed = parseJson(*text, zoo + ".json");
    ASSERT_TRUE(parsed) << parsed.error().message;
    json = std::move(*parsed);
    model = compiled(zoo + ".gguf");
    ASSERT_TRUE(model);
  }
  Json json;
  std::shared_ptr<Model> model;
};

/// Token ids are those of the prompts, and greedy tokens those of the numpy reading of the file up to the first place
/// where its two largest logits are within 0.05. That of I2_S has activations of 8 bits, that of other types floats.
TEST_P(PublishedGguf, GreedyTokens) {
  bool codes = json.at("types").contains("I2_S") || json.at("types").contains("I2_S (aarch64 blocks)");
  const Json &reading = json.at(codes ? "this script's numpy reading, int8 activations"
                                      : "this script's numpy reading, float activations");
  std::unique_ptr<Session> session = std::move(*Session::create(model, 2, 0));
  for (size_t i = 0; i < json.at("prompts").size(); ++i) {
    const Json &prompt = json["prompts"][i];
    auto ids = prompt.at("ids").get<std::vector<int32_t>>(),
         greedy = reading[i].at("greedy").get<std::vector<int32_t>>();
    auto margins = reading[i].at("margin").get<std::vector<double>>();
    Result<const Tokenizer *> tokenizer = model->tokenizer();
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    EXPECT_EQ(*(*tokenizer)->encode(prompt.at("text").get<std::string>(), true), ids);
    session->truncate(0);
    for (size_t k = 0; k < greedy.size() && margins[k] >= 0.05; ++k) {
      ASSERT_TRUE(session->append(ids, Session::Logits::Last));
      std::span<const float> logits = session->logits();
      int32_t best = int32_t(std::ranges::max_element(logits) - logits.begin());
      ASSERT_EQ(best, greedy[k]) << "prompt " << i << ", token " << k << ", margin " << margins[k];
      ids = {best};
    }
  }
  if (GetParam().folder)
    expectAgreement(model, sharedFolder() + "/zoo/" + GetParam().folder, agreementRulesOf(model->manifest()), {});
}

INSTANTIATE_TEST_SUITE_P(All, PublishedGguf, testing::ValuesIn(kPublished),
                         [](const auto &info) { return testName(info.param.name); });

} // namespace
} // namespace tern::test
