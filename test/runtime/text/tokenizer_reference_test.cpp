//===- tokenizer_reference_test.cpp - Ids that Hugging Face gives ---------===//
#include "lib/base/file.h"
#include "test/lib/test_files.h"
#include "test/runtime/text/small_tokenizer.h"

#include <chrono>
#include <cstdio>
#include <memory>

using namespace tern;

using test::kWantsShared;
using test::repositoryPath;
using test::sharedFolder;

static std::string contentOf(const std::string &path) {
  Result<std::string> content = readFile(path, 64 << 20);
  if (!content) {
    ADD_FAILURE() << content.error().message;
    return {};
  }
  return *content;
}

static Json jsonOf(const std::string &path) {
  Result<Json> json = parseJson(contentOf(path), path);
  if (!json) {
    ADD_FAILURE() << json.error().message;
    return {};
  }
  return *json;
}

static double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The tokenizer of Llama 3 and BitNet 2B4T with its 128,256 tokens (llama3/README.md), loaded once for all tests.
class LlamaTokenizer : public testing::Test {
protected:
  static void SetUpTestSuite() {
    std::string command = "gzip -dc '" + repositoryPath("test/runtime/text/llama3/tokenizer.json.gz") + "'";
    // NOLINTNEXTLINE(bugprone-command-processor): the command is ours
    std::unique_ptr<FILE, int (*)(FILE *)> pipe(popen(command.c_str(), "r"), pclose);
    ASSERT_TRUE(pipe);
    std::string json(32 << 20, '\0');
    json.resize(fread(json.data(), 1, json.size(), pipe.get()));
    auto start = std::chrono::steady_clock::now();
    Result<Tokenizer> loaded = Tokenizer::fromJson(json, "llama3");
    ASSERT_TRUE(loaded) << loaded.error().message;
    tokenizer = std::move(*loaded);
    RecordProperty("load_seconds", std::to_string(secondsSince(start)));
  }
  static void TearDownTestSuite() { tokenizer.reset(); }
  void SetUp() override { ASSERT_TRUE(tokenizer) << "the tokenizer was not loaded"; }
  static std::optional<Tokenizer> tokenizer;
};
std::optional<Tokenizer> LlamaTokenizer::tokenizer;

TEST_F(LlamaTokenizer, AgreesWithAllReferences) {
  Json references = jsonOf(repositoryPath("test/runtime/text/llama3/reference.json"));
  ASSERT_GE(references.size(), 70u);
  for (const Json &reference : references) {
    std::string text = reference["text"];
    std::vector<int32_t> ids = reference["ids"];
    EXPECT_EQ(idsOf(*tokenizer, text), ids) << text;
    EXPECT_EQ(tokenizer->decode(ids, false), reference["decoded"].get<std::string>());
  }
}

TEST_F(LlamaTokenizer, SizeAndSpecialTokens) {
  EXPECT_EQ(tokenizer->vocabSize(), 128256);
  EXPECT_EQ(tokenizer->idOf("<|begin_of_text|>"), 128000);
  EXPECT_EQ(tokenizer->idOf("\u0120the"), 279);
  EXPECT_EQ(tokenizer->idOf(" the"), std::nullopt);
  EXPECT_EQ(tokenizer->decode(279), " the");
  EXPECT_TRUE(tokenizer->isSpecial(128009));
  EXPECT_FALSE(tokenizer->isSpecial(279));
  EXPECT_EQ(idsOf(*tokenizer, " the", true), (std::vector<int32_t>{128000, 279}));
}

TEST_F(LlamaTokenizer, LongTextsWithoutBlanks) {
  std::string letters;
  for (uint32_t state = 1; letters.size() < 100000; state = state * 1664525 + 1013904223)
    letters += static_cast<char>('a' + (state >> 24) % 26);
  for (const std::string &text :
       {letters, std::string(100000, 'a'), std::string(100000, ' '), std::string(100000, '!')}) {
    auto start = std::chrono::steady_clock::now();
    std::vector<int32_t> ids = idsOf(*tokenizer, text);
    // Under 0.1 s when written; the bound leaves room for sanitizers and busy machines.
    EXPECT_LT(secondsSince(start), 5);
    EXPECT_EQ(tokenizer->decode(ids, false), text);
  }
}

/// Texts, their ids, and the text of the ids behind them, as Hugging Face's tokenizers gave them.
static void expectAgreement(const std::string &checkpoint, const std::string &references) {
  Result<Tokenizer> tokenizer = Tokenizer::fromJson(contentOf(checkpoint + "/tokenizer.json"));
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  Json prompts = jsonOf(references + "/reference.json")["prompts"];
  ASSERT_FALSE(prompts.empty());
  for (const Json &prompt : prompts) {
    std::string text = prompt["text"];
    EXPECT_EQ(idsOf(*tokenizer, text, true), prompt["ids"].get<std::vector<int32_t>>()) << text;
    EXPECT_EQ(tokenizer->decode(prompt["greedy"].get<std::vector<int32_t>>(), false),
              prompt["greedy_text"].get<std::string>());
  }
}

TEST(ShippedTokenizer, AgreesWithItsPrompts) {
  expectAgreement(repositoryPath("examples/tiny-shakespeare"), repositoryPath("test/conformance/tiny-shakespeare"));
}

TEST(SmallerTokenizer, AgreesWithItsPrompts) {
  std::string folder = sharedFolder() + "/zoo/bitnet-2b4t-master";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << kWantsShared;
  expectAgreement(folder, folder);
}
