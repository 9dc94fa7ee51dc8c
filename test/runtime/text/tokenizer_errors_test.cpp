//===- tokenizer_errors_test.cpp - Broken tokenizer.json files ------------===//
#include "test/runtime/text/small_tokenizer.h"

#include <gmock/gmock.h>

#include <functional>

using namespace tern;
using testing::HasSubstr;

static std::string tokenizerError(std::string_view text) {
  Result<Tokenizer> tokenizer = Tokenizer::fromJson(text, "t.json");
  return tokenizer ? "" : tokenizer.error().message;
}

/// The error of the small tokenizer with a change.
static std::string errorAfter(const std::function<void(Json &)> &change) {
  Json json = smallTokenizer();
  change(json);
  return tokenizerError(json.dump());
}

TEST(TokenizerErrors, NoTokenizerJson) {
  EXPECT_THAT(tokenizerError(""), HasSubstr("t.json: is no valid JSON"));
  EXPECT_THAT(tokenizerError("{\"model\": "), HasSubstr("t.json: is no valid JSON"));
  EXPECT_THAT(tokenizerError(std::string(100000, '[')), HasSubstr("t.json: nests deeper"));
  EXPECT_EQ(tokenizerError("[]"), "t.json: is no JSON object");
  EXPECT_EQ(tokenizerError("{}"), "t.json: has no field \"model\"");
}

TEST(TokenizerErrors, OfTheModel) {
  auto model = [](const std::function<void(Json &)> &change) {
    return errorAfter([&](Json &json) { change(json["model"]); });
  };
  EXPECT_EQ(model([](Json &m) { m["type"] = "Unigram"; }),
            "t.json: model: the type \"Unigram\" is not supported; Tern reads BPE");
  EXPECT_EQ(model([](Json &m) { m = 7; }), "t.json: model: is no JSON object");
  EXPECT_EQ(model([](Json &m) { m["dropout"] = 0.1; }),
            "t.json: model: \"dropout\" is not supported: it makes encoding random");
  EXPECT_THAT(model([](Json &m) { m["byte_fallback"] = true; }), HasSubstr("byte_fallback"));
  EXPECT_THAT(model([](Json &m) { m["end_of_word_suffix"] = "</w>"; }), HasSubstr("end_of_word_suffix"));
  EXPECT_EQ(model([](Json &m) { m["vocab"] = Json::array(); }),
            "t.json: model: the field \"vocab\" must be an object of token to id");
  EXPECT_EQ(model([](Json &m) { m["vocab"]["aa"] = "1"; }),
            "t.json: model: the id of the token \"aa\" must be an integer");
  EXPECT_EQ(model([](Json &m) { m["vocab"]["aa"] = 7; }),
            "t.json: model: vocab: two tokens have the id 7, one is \"\u0107\"");
  for (const Json &id : {Json(-1), Json(1 << 22), Json(INT64_MIN), Json(UINT64_MAX)})
    EXPECT_THAT(model([&](Json &m) { m["vocab"]["aa"] = id; }), HasSubstr("outside 0 to 4194303"));
  EXPECT_EQ(model([](Json &m) { m.erase("merges"); }), "t.json: model: the field \"merges\" must be an array");
  EXPECT_EQ(model([](Json &m) { m["merges"] = Json::array({{"a", "b"}}); }),
            "t.json: model: merge 0 needs the token \"ab\", which vocab lacks");
  EXPECT_EQ(model([](Json &m) { m["merges"] = {"a xx"}; }),
            "t.json: model: merge 0 needs the token \"xx\", which vocab lacks");
  for (const Json &merge : {Json("ab"), Json("a b c"), Json(3), Json{"a"}, Json{"a", 1}})
    EXPECT_EQ(model([&](Json &m) { m["merges"] = Json::array({merge}); }), "t.json: model: merge 0 must be two tokens");
}

TEST(TokenizerErrors, OfAddedTokens) {
  auto added = [](const Json &list) { return errorAfter([&](Json &json) { json["added_tokens"] = list; }); };
  EXPECT_EQ(added(3), "t.json: added_tokens: must be an array");
  EXPECT_EQ(added(Json::array({3})), "t.json: added_tokens: is no JSON object");
  EXPECT_THAT(added(Json::array({{{"id", 300}}})), HasSubstr("\"content\""));
  EXPECT_THAT(added(Json::array({{{"id", 1e9}, {"content", "x"}}})), HasSubstr("\"id\""));
  EXPECT_EQ(added(Json::array({addedToken(300, "a")})),
            "t.json: added_tokens: the token \"a\" has the id 300, the model's vocab says otherwise");
  EXPECT_EQ(added(Json::array({addedToken(7, "xy")})),
            "t.json: added_tokens: the token \"xy\" has the id 7, the model's vocab says otherwise");
  EXPECT_EQ(added({addedToken(300, "xy"), addedToken(300, "xz")}), "t.json: added_tokens: two tokens have the id 300");
  EXPECT_EQ(added({addedToken(300, "xy"), addedToken(301, "xy")}),
            "t.json: added_tokens: the token \"xy\" is there twice");
}

TEST(TokenizerErrors, OfTheOtherStages) {
  EXPECT_EQ(errorAfter([](Json &json) { json["normalizer"] = {{"type", "Lowercase"}}; }),
            "t.json: normalizer: the type \"Lowercase\" is not supported; Tern knows NFC and "
            "Sequence");
  EXPECT_EQ(errorAfter([](Json &json) { json["pre_tokenizer"] = nullptr; }),
            "t.json: pre_tokenizer: there is no ByteLevel; Tern reads byte-level BPE");
  EXPECT_EQ(errorAfter([](Json &json) { json["decoder"] = {{"type", "WordPiece"}}; }),
            "t.json: decoder: the type \"WordPiece\" is not supported; Tern knows ByteLevel, Fuse "
            "and Sequence");
  EXPECT_EQ(errorAfter([](Json &json) { json["decoder"] = nullptr; }),
            "t.json: decoder: must have one ByteLevel; Tern reads byte-level BPE");
  EXPECT_EQ(errorAfter([](Json &json) { json["post_processor"] = {{"type", "BertProcessing"}}; }),
            "t.json: post_processor: the type \"BertProcessing\" is not supported; Tern knows "
            "ByteLevel, TemplateProcessing and Sequence");
}

static Json templateOf(const Json &single) {
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"special_tokens", {{"<s>", {{"ids", {300}}}}, {"<x>", {{"ids", {400}}}}}}};
}
static const Json kText = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
static const Json kBos = {{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}};

TEST(TokenizerErrors, OfTheTemplate) {
  auto single = [](const Json &parts) {
    return errorAfter([&](Json &json) {
      json["added_tokens"] = Json::array({addedToken(300, "<s>")});
      json["post_processor"] = templateOf(parts);
    });
  };
  EXPECT_EQ(single({kBos, kText}), "");
  std::string once = "t.json: post_processor: \"single\" must hold the Sequence A exactly once";
  EXPECT_EQ(single(Json::array({kBos})), once);
  EXPECT_EQ(single({kText, kText}), once);
  EXPECT_EQ(single({{{"Sequence", {{"id", "B"}}}}}), once);
  EXPECT_THAT(single(Json::array({3})), HasSubstr("neither SpecialToken nor Sequence"));
  EXPECT_THAT(single({kText, {{"SpecialToken", {{"id", "<y>"}}}}}), HasSubstr("no ids for \"<y>\""));
  EXPECT_THAT(single({kText, {{"SpecialToken", {{"id", "<x>"}}}}}), HasSubstr("no token has the id 400"));
}

TEST(Tokenizer, TemplatesDecideAboutTheEnds) {
  Json json = smallTokenizer();
  json["added_tokens"] = Json::array({addedToken(300, "<s>")});
  json["post_processor"] = {{"type", "Sequence"},
                            {"processors", {{{"type", "ByteLevel"}}, templateOf({kBos, kText, kBos})}}};
  std::optional<Tokenizer> tokenizer = load(json);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(idsOf(*tokenizer, "a", true), (std::vector<int32_t>{300, 'a', 300}));
  EXPECT_EQ(idsOf(*tokenizer, "", true), (std::vector<int32_t>{300, 300}));
  EXPECT_EQ(idsOf(*tokenizer, "a", false), (std::vector<int32_t>{'a'}));
}

TEST(Tokenizer, IllFormedTextIsReadAsReplacementCharacters) {
  std::optional<Tokenizer> tokenizer = load(smallTokenizer());
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(idsOf(*tokenizer, "a\xFF\xE4\xB8"), idsOf(*tokenizer, "a\uFFFD\uFFFD"));
}

TEST(Tokenizer, TextTooHardForItsPatternIsAnError) {
  Json json = smallTokenizer();
  json["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Split"}, {"pattern", {{"Regex", "(?:a|a|ab?)*[cd]"}}}, {"behavior", "Isolated"}},
        {{"type", "ByteLevel"}, {"use_regex", false}}}}};
  std::optional<Tokenizer> tokenizer = load(json);
  ASSERT_TRUE(tokenizer);
  Result<std::vector<int32_t>> ids = tokenizer->encode(std::string(100, 'a'), false);
  ASSERT_FALSE(ids);
  EXPECT_THAT(ids.error().message, HasSubstr("too hard for a regular expression"));
}
