//===- bpe_test.cpp -------------------------------------------------------===//
#include "test/runtime/text/small_tokenizer.h"

#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <random>

using namespace tern;
using testing::ElementsAre;

TEST(Bpe, LowestRankFirstThenLeftmost) {
  Json json = smallTokenizer();
  addMerge(json, "b", "c");
  addMerge(json, "a", "b");
  addMerge(json, "a", "a");
  std::optional<Tokenizer> tokenizer = load(json);
  ASSERT_TRUE(tokenizer);
  EXPECT_THAT(tokensOf(*tokenizer, "abc"), ElementsAre("a", "bc"));
  EXPECT_THAT(tokensOf(*tokenizer, "abab"), ElementsAre("ab", "ab"));
  EXPECT_THAT(tokensOf(*tokenizer, "aaaaa"), ElementsAre("aa", "aa", "a"));
}

TEST(Bpe, MergesAsStrings) {
  Json json = smallTokenizer();
  json["model"]["vocab"]["he"] = 256;
  json["model"]["vocab"]["\u0120he"] = 257;
  json["model"]["merges"] = {"#version: 0.2", "h e", "\u0120 he"};
  std::optional<Tokenizer> tokenizer = load(json);
  ASSERT_TRUE(tokenizer);
  EXPECT_THAT(idsOf(*tokenizer, " he"), ElementsAre(257));
}

TEST(Bpe, IgnoreMergesTakesWholePieces) {
  Json json = smallTokenizer();
  json["model"]["vocab"]["xyz"] = 256; // no merge leads to it
  std::optional<Tokenizer> merging = load(json);
  json["model"]["ignore_merges"] = true;
  std::optional<Tokenizer> ignoring = load(json);
  ASSERT_TRUE(merging && ignoring);
  EXPECT_THAT(tokensOf(*merging, "xyz"), ElementsAre("x", "y", "z"));
  EXPECT_THAT(tokensOf(*ignoring, "xyz"), ElementsAre("xyz"));
}

TEST(Bpe, BytesThatTheVocabularyLacks) {
  Json json = smallTokenizer();
  json["model"]["vocab"].erase("q");
  json["model"]["vocab"].erase("r");
  std::optional<Tokenizer> dropping = load(json);
  ASSERT_TRUE(dropping);
  EXPECT_THAT(tokensOf(*dropping, "aqrb"), ElementsAre("a", "b"));

  json["model"]["unk_token"] = "<unk>";
  EXPECT_FALSE(Tokenizer::fromJson(json.dump()));
  json["model"]["vocab"]["<unk>"] = 300;
  std::optional<Tokenizer> single = load(json);
  json["model"]["fuse_unk"] = true;
  std::optional<Tokenizer> fused = load(json);
  ASSERT_TRUE(single && fused);
  EXPECT_THAT(tokensOf(*single, "aqrb"), ElementsAre("a", "<unk>", "<unk>", "b"));
  EXPECT_THAT(tokensOf(*fused, "aqrb"), ElementsAre("a", "<unk>", "b"));
}

/// Byte-pair encoding as its definition reads, in quadratic time.
static std::vector<std::string> definition(const std::vector<std::pair<std::string, std::string>> &merges,
                                           std::string_view text) {
  std::vector<std::string> symbols;
  for (char c : text)
    symbols.emplace_back(1, c);
  for (bool found = true; found;) {
    found = false;
    for (const auto &[left, right] : merges) {
      for (size_t i = 0; i + 1 < symbols.size() && !found; ++i)
        if (symbols[i] == left && symbols[i + 1] == right) {
          symbols[i] += right;
          symbols.erase(symbols.begin() + i + 1);
          found = true;
        }
      if (found)
        break;
    }
  }
  return symbols;
}

TEST(Bpe, AgreesWithItsDefinitionOnRandomMerges) {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    Json json = smallTokenizer();
    std::vector<std::string> pool = {"a", "b", "c"};
    std::vector<std::pair<std::string, std::string>> merges;
    std::map<std::string, bool> seen;
    for (int i = 0; i < 12; ++i) {
      std::string left = pool[random() % pool.size()], right = pool[random() % pool.size()];
      if (std::exchange(seen[left + " " + right], true))
        continue;
      addMerge(json, left, right);
      merges.push_back({left, right});
      pool.push_back(left + right);
    }
    std::optional<Tokenizer> tokenizer = load(json);
    ASSERT_TRUE(tokenizer);
    for (int i = 0; i < 20; ++i) {
      std::string text;
      for (size_t length = random() % 60; text.size() < length;)
        text += "abc"[random() % 3];
      ASSERT_EQ(tokensOf(*tokenizer, text), definition(merges, text)) << text;
    }
  }
}

TEST(Bpe, LongPiecesTakeNoQuadraticTime) {
  Json json = smallTokenizer();
  for (std::string token = "a"; token.size() < 64; token += token)
    addMerge(json, token, token);
  std::optional<Tokenizer> tokenizer = load(json);
  ASSERT_TRUE(tokenizer);
  auto start = std::chrono::steady_clock::now();
  std::vector<int32_t> ids = idsOf(*tokenizer, std::string(640000, 'a'));
  auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_EQ(ids.size(), 10000u);
  // 0.1 s when written; a quadratic merge would take minutes. The bound leaves room for sanitizers.
  EXPECT_LT(seconds, 10);
}
