//===- tokenizer_reference_test.cpp - Ids that Hugging Face gives ---------===//
#include "lib/base/file.h"
#include "test/runtime/text/small_tokenizer.h"

#include <chrono>
#include <cstdio>
#include <memory>

using namespace tern;

static const std::string kShared = TERN_SHARED_DIR;

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

/// The Llama-3 tokenizer of 128,256 tokens, loaded once for all tests.
class LlamaTokenizer : public testing::Test {
protected:
  static void SetUpTestSuite() {
    std::string command = "gzip -dc '" + kShared + "/tokenizer/llama3-tokenizer.json.gz'";
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
  static std::optional<Tokenizer> tokenizer;
};
std::optional<Tokenizer> LlamaTokenizer::tokenizer;

TEST_F(LlamaTokenizer, AgreesWithAllReferences) {
  Json references = jsonOf(kShared + "/tokenizer/llama3-tokenizer-reference.json");
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

class ZooTokenizer : public testing::TestWithParam<const char *> {};

TEST_P(ZooTokenizer, AgreesWithItsPrompts) {
  std::string folder = kShared + "/zoo/" + GetParam();
  Result<Tokenizer> tokenizer = Tokenizer::fromJson(contentOf(folder + "/tokenizer.json"));
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  Json prompts = jsonOf(folder + "/reference.json")["prompts"];
  ASSERT_FALSE(prompts.empty());
  for (const Json &prompt : prompts) {
    std::string text = prompt["text"];
    EXPECT_EQ(idsOf(*tokenizer, text, true), prompt["ids"].get<std::vector<int32_t>>()) << text;
    EXPECT_EQ(tokenizer->decode(prompt["greedy"].get<std::vector<int32_t>>(), false),
              prompt["greedy_text"].get<std::string>());
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo, ZooTokenizer, testing::Values("bitnet-2b4t-tiny", "bitnet-2b4t-master", "llama-b158"));
