//===- json_test.cpp - JSON of files, checked ---------------------------------===//
#include "lib/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using testing::StartsWith;

namespace {

std::string errorOf(std::string_view text) {
  Result<Json> json = parseJson(text, "f.json");
  return json ? "" : json.error().message;
}

TEST(ParseJson, Errors) {
  EXPECT_EQ(errorOf("{\"a\": 1}"), "");
  EXPECT_THAT(errorOf(""), StartsWith("f.json: is no valid JSON"));
  EXPECT_EQ(errorOf("{\"a\": ]"), "f.json: is no valid JSON at byte 7");
  EXPECT_THAT(errorOf("{} x"), StartsWith("f.json: is no valid JSON at byte"));
  EXPECT_THAT(errorOf("\"\xff\""), StartsWith("f.json: is no valid JSON at byte"));
  EXPECT_EQ(errorOf("{\"a\": 1, \"b\": {\"a\": 2}, \"a\": 3}"), "f.json: repeats the key \"a\"");
  EXPECT_EQ(errorOf("{\"a\\nb\": 1, \"a\\nb\": 3}"), "f.json: repeats the key \"a?b\"");
}

TEST(JsonText, BytesThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(jsonText({{"name", "a\xff"}}), "{\"name\":\"a\xef\xbf\xbd\"}");
  EXPECT_EQ(jsonText(Json::array({1}), 1), "[\n 1\n]");
}

TEST(ParseJson, NestingIsBounded) {
  EXPECT_EQ(errorOf(std::string(64, '[') + std::string(64, ']')), "");
  EXPECT_EQ(errorOf(std::string(65, '[') + std::string(65, ']')), "f.json: nests deeper than 64 levels");
  EXPECT_EQ(errorOf(std::string(10'000'000, '[')), "f.json: nests deeper than 64 levels");
}

/// The first error of what `read` does with the fields of `text`.
template <typename Read> std::string complaint(std::string_view text, Read read) {
  Json json = *parseJson(text, "f");
  JsonFields fields(json, "f");
  read(fields);
  Status status = fields.status();
  return status ? "" : status.error().message;
}

TEST(JsonFields, IntegersHaveARange) {
  auto read = [](JsonFields &f) { f.integer("n", -2, 7); };
  EXPECT_EQ(complaint("{\"n\": 7}", read), "");
  EXPECT_EQ(complaint("{\"n\": -2}", read), "");
  std::string range = "f: the field \"n\" must be an integer from -2 to 7";
  for (const char *bad : {"{\"n\": 8}", "{\"n\": -3}", "{\"n\": 1.0}", "{\"n\": \"1\"}", "{\"n\": true}",
                          "{\"n\": 18446744073709551615}", "{\"n\": 1e3}"})
    EXPECT_EQ(complaint(bad, read), range) << bad;
  EXPECT_EQ(complaint("{}", read), "f: has no field \"n\"");
  EXPECT_EQ(complaint("{\"n\": null}", read), "f: has no field \"n\"");
}

TEST(JsonFields, NumbersHaveARange) {
  auto read = [](JsonFields &f) { f.number("x", 0, 1); };
  EXPECT_EQ(complaint("{\"x\": 1}", read), "");
  EXPECT_EQ(complaint("{\"x\": 1e-30}", read), "");
  for (const char *bad : {"{\"x\": 1.01}", "{\"x\": -1e-9}", "{\"x\": \"0\"}", "{}"})
    EXPECT_EQ(complaint(bad, read), "f: the field \"x\" must be a number from 0.0 to 1.0") << bad;
}

TEST(JsonFields, DefaultsAreForWhatIsNotThere) {
  Json json = {{"null", nullptr}, {"yes", true}, {"word", "w"}};
  JsonFields fields(json, "f");
  EXPECT_EQ(fields.integer("null", 0, 9, 4), 4);
  EXPECT_EQ(fields.number("none", 0, 9, 0.5), 0.5);
  EXPECT_TRUE(fields.boolean("yes", false));
  EXPECT_TRUE(fields.boolean("none", true));
  EXPECT_EQ(fields.string("word"), "w");
  EXPECT_EQ(fields.string("none", std::string("d")), "d");
  EXPECT_TRUE(fields.status());
  EXPECT_FALSE(fields.has("null"));
  fields.boolean("word", true);
  fields.string("yes"); // only the first mistake is kept
  EXPECT_EQ(fields.status().error().message, "f: the field \"word\" must be true or false");
}

TEST(JsonFields, AValueThatIsNoObject) {
  Json list = Json::array({1});
  JsonFields fields(list, "f");
  EXPECT_EQ(fields.find("x"), nullptr);
  EXPECT_EQ(fields.status().error().message, "f: is no JSON object");
}

TEST(JsonFields, UnknownFieldsAreRefusedWithNearNames) {
  Json json = {{"rows", 1}, {"colums", 2}};
  JsonFields fields(json, "f.json");
  fields.integer("rows", 0, 9);
  fields.integer("columns", 0, 9, 0);
  EXPECT_TRUE(fields.status());
  fields.refuseOthers();
  EXPECT_EQ(fields.status().error().message, "f.json: has an unknown field \"colums\"; near names: columns, rows");
  Json misspelt = {{"familly", "f"}};
  JsonFields missing(misspelt, "f.json");
  missing.string("family");
  EXPECT_FALSE(missing.status());
  missing.refuseOthers();
  EXPECT_EQ(missing.status().error().message, "f.json: has an unknown field \"familly\"; near names: family");
  Json known = {{"rows", 1}, {"columns", nullptr}};
  JsonFields all(known, "f.json");
  EXPECT_TRUE(all.has("rows") && all.contains("columns"));
  all.refuseOthers();
  EXPECT_TRUE(all.status());
}

} // namespace
