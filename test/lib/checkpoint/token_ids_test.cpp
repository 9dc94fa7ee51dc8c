//===- token_ids_test.cpp - The ids of tokens that begin and end texts ---===//
#include "lib/checkpoint/token_ids.h"
#include "test/lib/checkpoint/small_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using test::Change;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

Result<TokenIds> parseIds(const Change &change = {}, const char *generation = "") {
  return test::readSmall(test::smallFiles("bitnet", change, generation), [](ConfigReader &config) {
    return readTokenIds(config, config.integer("vocab_size", 1, kMaxSize), {.bos = 128000, .eos = 128001});
  });
}
std::string errorOfIds(const Change &change, const char *generation = "") {
  Result<TokenIds> read = parseIds(change, generation);
  return read ? "" : read.error().message;
}

TEST(TokenIds, AbsentIsNotNull) {
  auto large = [](const Change &change = {}) {
    return *parseIds([&](Json &c) {
      c["vocab_size"] = 128256;
      if (change)
        change(c);
    });
  };
  EXPECT_EQ(large().bos, 128000);
  EXPECT_THAT(large().eos, ElementsAre(128001));
  EXPECT_FALSE(large([](Json &c) { c["bos_token_id"] = nullptr; }).bos);
  EXPECT_THAT(large([](Json &c) { c["eos_token_id"] = nullptr; }).eos, IsEmpty());
  // A small vocabulary has no such tokens.
  EXPECT_FALSE(parseIds()->bos);
  EXPECT_THAT(parseIds()->eos, IsEmpty());
}

TEST(TokenIds, AreTokensOfTheVocabulary) {
  EXPECT_THAT(errorOfIds([](Json &c) { c["eos_token_id"] = 100; }), HasSubstr("end-of-text id 100 is no token"));
  EXPECT_THAT(errorOfIds([](Json &c) { c["bos_token_id"] = 100; }), HasSubstr("bos_token_id 100 is no token"));
  EXPECT_THAT(errorOfIds({}, R"({"eos_token_id": [2, 4000]})"), HasSubstr("end-of-text id 4000 is no token"));
}

TEST(TokenIds, EndsOfTextAreThoseOfGenerationConfigIfItHasAny) {
  EXPECT_THAT(parseIds([](Json &c) { c["eos_token_id"] = 7; })->eos, ElementsAre(7));
  EXPECT_THAT(parseIds([](Json &c) { c["eos_token_id"] = {7, 9, 7}; })->eos, ElementsAre(7, 9));
  EXPECT_THAT(parseIds([](Json &c) { c["eos_token_id"] = 7; }, R"({"eos_token_id": [8, 7], "temperature": 0.6})")->eos,
              ElementsAre(8, 7));
  EXPECT_THAT(parseIds([](Json &c) { c["eos_token_id"] = 7; }, R"({"top_k": 5})")->eos, ElementsAre(7));
  EXPECT_THAT(errorOfIds({}, "{"), HasSubstr("m/generation_config.json: is no valid JSON"));
  EXPECT_EQ(errorOfIds({}, R"({"eos_token_id": "x"})"),
            "m/generation_config.json: the field \"eos_token_id\" must be a token id or a list of "
            "token ids");
}

TEST(TokenIds, AreWholeNumbers) {
  for (const Json &id : {Json(-1), Json("4"), Json(1.5), Json(int64_t(1) << 40)})
    EXPECT_THAT(errorOfIds([&](Json &c) { c["eos_token_id"] = id; }), HasSubstr("must be a token id")) << id;
}

} // namespace
