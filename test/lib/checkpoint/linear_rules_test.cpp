//===- linear_rules_test.cpp - What happens to the inputs of linears -----===//
#include "lib/checkpoint/linear_rules.h"
#include "test/lib/checkpoint/small_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using test::Change;
using test::withRules;
using testing::HasSubstr;

namespace {

Result<std::optional<LinearRules>> parseRules(const Change &change) {
  return test::readSmall(test::smallFiles("bitnet", change), readLinearRules);
}
std::string errorOfRules(const Change &change) {
  Result<std::optional<LinearRules>> read = parseRules(change);
  return read ? "" : read.error().message;
}

TEST(LinearRules, AreReadByRole) {
  Result<std::optional<LinearRules>> read = parseRules(withRules([](Json &c) {
    c["tern"]["hadamard"] = {"o"};
    c["tern"]["keep"] = {{"q", 0.6}, {"down", 1}};
    c["tern"]["keep_block"] = 32;
    c["tern"]["activation_quant"]["up"] = "int4-absmean";
  }));
  ASSERT_TRUE(read) << read.error().message;
  LinearRules rules = **read;
  EXPECT_EQ(quantizationOf(rules).mode, QuantizationMode::Online);
  EXPECT_TRUE(rules.roles["o"].hadamard);
  EXPECT_FALSE(rules.roles["q"].hadamard);
  EXPECT_EQ(rules.roles["q"].keep, 0.6);
  EXPECT_EQ(rules.roles["down"].keep, 1);
  EXPECT_EQ(rules.keepBlock, 32);
  EXPECT_EQ(rules.roles["up"].codes, CodesRule::Int4Absmean);
  EXPECT_TRUE(rules.anyKeep());
  EXPECT_FALSE(rules.median);
  EXPECT_FALSE(quantizationOf(rules).median);
  EXPECT_FALSE(*parseRules({}));
}

TEST(LinearRules, WhatIsNotUnderstoodIsRefused) {
  auto with = [](const char *key, const Json &value) {
    return errorOfRules(withRules([&](Json &c) { c["tern"][key] = value; }));
  };
  EXPECT_EQ(errorOfRules(withRules()), "");
  EXPECT_THAT(with("weight_quant", "absmax"),
              HasSubstr("m/config.json: tern: the field \"weight_quant\" is \"absmax\""));
  EXPECT_THAT(with("activation_quant", {{"q", "int8-absmax"}}), HasSubstr("must name the rule of each of q, k, v"));
  EXPECT_THAT(errorOfRules(withRules([](Json &c) { c["tern"]["activation_quant"]["q"] = "int3"; })),
              HasSubstr("\"int3\""));
  EXPECT_THAT(with("hadamard", {"q", "head"}), HasSubstr("names \"head\"; linears are q, k, v, o, gate, up, down"));
  EXPECT_THAT(with("keep", {{"q", 1.5}}), HasSubstr("fractions above 0 and at most 1"));
  EXPECT_THAT(with("keep", Json::array({0.5})), HasSubstr("fractions by role"));
  EXPECT_THAT(with("inner_norm", "rms_norm"), HasSubstr("supported: layer_norm"));
  EXPECT_THAT(with("kv_bits", 3), HasSubstr("keys and values of few bits (BitNet a4.8) are not supported yet"));
  EXPECT_THAT(with("hadamrad", {"q"}), HasSubstr("the field \"hadamrad\" is not known"));
  EXPECT_THAT(errorOfRules(withRules([](Json &c) {
                c["tern"]["activation_quant"]["q"] = "int4-absmean";
                c["tern"]["keep"] = {{"q", 0.5}};
              })),
              HasSubstr("their scale would change"));
  EXPECT_THAT(errorOfRules(withRules([](Json &c) { c["quantization_config"] = {{"quant_method", "bitnet"}}; })),
              HasSubstr("has both \"quantization_config\" and \"tern\""));
}

} // namespace
