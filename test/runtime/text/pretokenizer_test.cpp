//===- pretokenizer_test.cpp ----------------------------------------------===//
#include "runtime/text/pretokenizer.h"

#include <gmock/gmock.h>

using namespace tern;
using testing::ElementsAre;
using Strings = std::vector<std::string>;

static const Json kBytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};

static Strings split(const Json &json, std::string_view text) {
  Result<PreTokenizer> pretokenizer = PreTokenizer::fromJson(&json, "p");
  if (!pretokenizer) {
    ADD_FAILURE() << pretokenizer.error().message;
    return {};
  }
  Result<TextPieces> pieces = pretokenizer->split(text);
  if (!pieces) {
    ADD_FAILURE() << pieces.error().message;
    return {};
  }
  Strings result;
  for (TextRange range : pieces->ranges)
    result.emplace_back(pieces->piece(range));
  return result;
}

/// `first` and then ByteLevel, which changes nothing.
static Strings splitBy(const Json &first, std::string_view text) {
  return split({{"type", "Sequence"}, {"pretokenizers", {first, kBytes}}}, text);
}

static Json splitRule(const char *kind, const std::string &pattern, const char *behavior, bool invert = false) {
  return {{"type", "Split"}, {"pattern", {{kind, pattern}}}, {"behavior", behavior}, {"invert", invert}};
}

// The expectations of the five behaviours are those of the documentation of Hugging Face
// tokenizers.
TEST(PreTokenizer, SplitBehaviors) {
  std::string text = "the-final--countdown";
  auto dash = [&](const char *behavior) { return splitBy(splitRule("String", "-", behavior), text); };
  EXPECT_THAT(dash("Removed"), ElementsAre("the", "final", "countdown"));
  EXPECT_THAT(dash("Isolated"), ElementsAre("the", "-", "final", "-", "-", "countdown"));
  EXPECT_THAT(dash("MergedWithPrevious"), ElementsAre("the-", "final-", "-", "countdown"));
  EXPECT_THAT(dash("MergedWithNext"), ElementsAre("the", "-final", "-", "-countdown"));
  EXPECT_THAT(dash("Contiguous"), ElementsAre("the", "-", "final", "--", "countdown"));
}

TEST(PreTokenizer, Invert) {
  EXPECT_THAT(splitBy(splitRule("Regex", "[a-z]+", "Removed", true), "ab 12cd"), ElementsAre("ab", "cd"));
  EXPECT_THAT(splitBy(splitRule("Regex", "[a-z]+", "Isolated", true), "ab 12cd"), ElementsAre("ab", " 12", "cd"));
}

TEST(PreTokenizer, StringPatternIsLiteral) {
  EXPECT_THAT(splitBy(splitRule("String", "a.", "Isolated"), "aba.b"), ElementsAre("ab", "a.", "b"));
  EXPECT_THAT(splitBy(splitRule("String", "", "Isolated"), "a\u00E9b"), ElementsAre("a", "\u00E9", "b"));
}

TEST(PreTokenizer, ByteLevelWithGpt2Pattern) {
  Json json = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  EXPECT_THAT(split(json, "Hello world's  \u00E9t\u00E9 123 !?"),
              ElementsAre("Hello", " world", "'s", " ", " \u00E9t\u00E9", " 123", " !?"));
  EXPECT_THAT(split(json, "a \n "), ElementsAre("a", " \n "));
  EXPECT_THAT(split(json, ""), ElementsAre());
}

TEST(PreTokenizer, PrefixSpace) {
  Json json = {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"use_regex", false}};
  EXPECT_THAT(split(json, "ab"), ElementsAre(" ab"));
  EXPECT_THAT(split(json, " ab"), ElementsAre(" ab"));
  EXPECT_THAT(split(json, ""), ElementsAre());
  Json sequence = {{"type", "Sequence"}, {"pretokenizers", {splitRule("String", "-", "Isolated"), json}}};
  EXPECT_THAT(split(sequence, "a-b"), ElementsAre(" a", " -", " b"));
}

TEST(PreTokenizer, Digits) {
  Json runs = {{"type", "Digits"}}, single = {{"type", "Digits"}, {"individual_digits", true}};
  EXPECT_THAT(splitBy(runs, "ab12\u00BD c3"), ElementsAre("ab", "12\u00BD", " c", "3"));
  EXPECT_THAT(splitBy(single, "ab12"), ElementsAre("ab", "1", "2"));
}

TEST(PreTokenizer, Punctuation) {
  EXPECT_THAT(splitBy({{"type", "Punctuation"}}, "a$b\u3002\u20ACc"), ElementsAre("a", "$", "b", "\u3002", "\u20ACc"));
  EXPECT_THAT(splitBy({{"type", "Punctuation"}, {"behavior", "Contiguous"}}, "a!?b"), ElementsAre("a", "!?", "b"));
}

TEST(PreTokenizer, RulesAfterByteLevelSeeTheSpelling) {
  // U+00E9 is the bytes C3 A9, spelt U+00C3 U+00A9; a blank is spelt U+0120.
  Json after = {{"type", "Sequence"},
                {"pretokenizers",
                 {kBytes, splitRule("String", "\u0120", "Isolated"), splitRule("String", "\u00A9", "Isolated")}}};
  EXPECT_THAT(split(after, "a \u00E9"), ElementsAre("a", " ", "\xC3", "\xA9"));
}

static std::string pretokenizerError(const Json &json) {
  Result<PreTokenizer> pretokenizer = PreTokenizer::fromJson(&json, "p");
  return pretokenizer ? "" : pretokenizer.error().message;
}

TEST(PreTokenizer, Errors) {
  EXPECT_EQ(pretokenizerError({{"type", "Metaspace"}}),
            "p: the type \"Metaspace\" is not supported; Tern knows ByteLevel, Split, Digits, "
            "Punctuation and Sequence");
  EXPECT_EQ(pretokenizerError({{"type", "Digits"}}), "p: there is no ByteLevel; Tern reads byte-level BPE");
  EXPECT_EQ(pretokenizerError(splitRule("String", "-", "Shredded")), "p: the behavior \"Shredded\" is not known");
  EXPECT_EQ(pretokenizerError(splitRule("Glob", "-", "Isolated")),
            "p: the field \"pattern\" must be {\"Regex\": text} or {\"String\": text}");
  EXPECT_THAT(pretokenizerError(splitRule("Regex", "(", "Isolated")),
              testing::StartsWith("p: the regular expression \"(\": "));
  EXPECT_EQ(pretokenizerError({{"type", "Sequence"}, {"pretokenizers", {kBytes, kBytes}}}),
            "p: two ByteLevel in one pre-tokeniser are not supported");
  EXPECT_EQ(pretokenizerError({{"type", "Sequence"}, {"pretokenizers", 3}}),
            "p: the field \"pretokenizers\" must be an array");
  EXPECT_EQ(pretokenizerError(3), "p: is no JSON object");
}
