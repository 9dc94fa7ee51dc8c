//===- added_tokens_test.cpp ----------------------------------------------===//
#include "test/runtime/text/small_tokenizer.h"

#include <gmock/gmock.h>

using namespace tern;
using testing::ElementsAre;

static std::optional<Tokenizer> with(std::initializer_list<Json> tokens, Json normalizer = nullptr) {
  Json json = smallTokenizer();
  json["added_tokens"] = tokens;
  json["normalizer"] = std::move(normalizer);
  return load(json);
}

TEST(AddedTokens, LeftmostThenLongest) {
  std::optional<Tokenizer> t = with({addedToken(300, "ab"), addedToken(301, "abcd"), addedToken(302, "bcde")});
  ASSERT_TRUE(t);
  EXPECT_THAT(idsOf(*t, "abcde"), ElementsAre(301, 'e'));
  EXPECT_THAT(idsOf(*t, "abcbcdeab"), ElementsAre(300, 'c', 302, 300));
  EXPECT_THAT(idsOf(*t, "xabc"), ElementsAre('x', 300, 'c'));
  EXPECT_EQ(t->vocabSize(), 303);
  EXPECT_EQ(t->idOf("abcd"), 301);
  EXPECT_EQ(t->decode(301), "abcd");
}

TEST(AddedTokens, SpecialOnesAreTextWhereTheTextIsNotTrusted) {
  Json end = addedToken(300, "<end>"), word = addedToken(301, "word"), longer = addedToken(302, "word<end>");
  end["special"] = true;
  word["special"] = false;
  longer["special"] = true;
  for (bool normalized : {false, true}) {
    for (Json *token : {&end, &word, &longer})
      (*token)["normalized"] = normalized;
    std::optional<Tokenizer> t = with({end, word, longer});
    ASSERT_TRUE(t);
    EXPECT_THAT(*t->encode("word<end>", false, Tokenizer::Specials::Text), ElementsAre(301, '<', 'e', 'n', 'd', '>'));
    EXPECT_THAT(*t->encode("word<end>", false, Tokenizer::Specials::Tokens), ElementsAre(302));
    EXPECT_THAT(*t->encode("<end>", false), ElementsAre(300));
    EXPECT_TRUE(t->hasToken(301) && t->hasToken('a'));
    EXPECT_FALSE(t->hasToken(999) || t->hasToken(-1));
  }
}

TEST(AddedTokens, StripTakesTheBlanksAround) {
  Json left = addedToken(300, "<l>"), right = addedToken(301, "<r>");
  left["lstrip"] = true;
  right["rstrip"] = true;
  std::optional<Tokenizer> t = with({left, right});
  ASSERT_TRUE(t);
  EXPECT_THAT(idsOf(*t, "a \u00A0\n<l> b"), ElementsAre('a', 300, ' ', 'b'));
  EXPECT_THAT(idsOf(*t, "a <r> \t\u3000b"), ElementsAre('a', ' ', 301, 'b'));
  EXPECT_THAT(idsOf(*t, "<r>  <l>"), ElementsAre(301, 300));
  EXPECT_THAT(idsOf(*t, "  <l>"), ElementsAre(300));
}

TEST(AddedTokens, SingleWordStandsAlone) {
  Json token = addedToken(300, "cat");
  token["single_word"] = true;
  std::optional<Tokenizer> t = with({token});
  ASSERT_TRUE(t);
  EXPECT_THAT(idsOf(*t, "cat"), ElementsAre(300));
  EXPECT_THAT(idsOf(*t, "-cat."), ElementsAre('-', 300, '.'));
  EXPECT_THAT(idsOf(*t, "cats"), ElementsAre('c', 'a', 't', 's'));
  EXPECT_THAT(idsOf(*t, "_cat"), ElementsAre('_', 'c', 'a', 't'));
  EXPECT_THAT(idsOf(*t, "\u00E9cat"), ElementsAre(0xC3, 0xA9, 'c', 'a', 't'));
}

TEST(AddedTokens, NormalizedOnesAreFoundInTheNormalForm) {
  Json raw = addedToken(300, "e\u0301!"), normalized = addedToken(301, "e\u0301?");
  normalized["normalized"] = true;
  std::optional<Tokenizer> t = with({raw, normalized}, {{"type", "NFC"}});
  ASSERT_TRUE(t);
  EXPECT_THAT(idsOf(*t, "e\u0301!"), ElementsAre(300));
  EXPECT_THAT(idsOf(*t, "\u00E9!"), ElementsAre(0xC3, 0xA9, '!'));
  EXPECT_THAT(idsOf(*t, "\u00E9?"), ElementsAre(301));
  EXPECT_THAT(idsOf(*t, "e\u0301?"), ElementsAre(301));
}

TEST(AddedTokens, NfcOfTheText) {
  std::optional<Tokenizer> t = with({}, {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}}}});
  ASSERT_TRUE(t);
  EXPECT_EQ(idsOf(*t, "e\u0301"), idsOf(*t, "\u00E9"));
  EXPECT_THAT(idsOf(*t, std::string_view("a\0b", 3)), ElementsAre('a', 0, 'b'));
}

TEST(AddedTokens, SpecialOnesAreSkippedOnDemand) {
  Json special = addedToken(300, "<s>");
  special["special"] = true;
  std::optional<Tokenizer> t = with({special, addedToken(301, "<n>")});
  ASSERT_TRUE(t);
  EXPECT_TRUE(t->isSpecial(300));
  EXPECT_FALSE(t->isSpecial(301));
  EXPECT_FALSE(t->isSpecial('a'));
  std::vector<int32_t> ids = idsOf(*t, "a<s>b<n>");
  EXPECT_THAT(ids, ElementsAre('a', 300, 'b', 301));
  EXPECT_EQ(t->decode(ids, true), "ab<n>");
  EXPECT_EQ(t->decode(ids, false), "a<s>b<n>");
}

TEST(AddedTokens, ContentOutsideTheByteAlphabetDecodesToItself) {
  std::optional<Tokenizer> t = with({addedToken(300, "\u6587 x")});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->decode(300), "\u6587 x");
  EXPECT_EQ(t->decode(5000), "");
  EXPECT_EQ(t->decode(-1), "");
}
