//===- quantization_test.cpp - How linear layers are quantised -----------===//
#include "lib/checkpoint/quantization.h"
#include "test/lib/checkpoint/small_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using test::Change;
using testing::HasSubstr;

namespace {

Result<std::optional<Quantization>> parseQuantization(const Change &change = {}) {
  return test::readSmall(test::smallFiles("bitnet", change), readQuantization);
}
std::string errorOfQuantization(const Change &change) {
  Result<std::optional<Quantization>> read = parseQuantization(change);
  return read ? "" : read.error().message;
}
/// Of a quantization_config with that field.
Quantization quantizationWith(const char *key, const Json &value) {
  return **parseQuantization([&](Json &c) { c["quantization_config"][key] = value; });
}

TEST(Quantization, NoneWithoutTheKey) {
  EXPECT_FALSE(*parseQuantization([](Json &c) { c.erase("quantization_config"); }));
  EXPECT_FALSE(*parseQuantization([](Json &c) { c["quantization_config"] = nullptr; }));
  Quantization none;
  EXPECT_EQ(none.mode, QuantizationMode::None);
  EXPECT_TRUE(none.staysDense("lm_head"));
  EXPECT_FALSE(none.staysDense("model.layers.0.mlp.up_proj"));
}

TEST(Quantization, DefaultsAreThoseOfTransformers) {
  Quantization quantization = **parseQuantization();
  EXPECT_EQ(quantization.linearClass, LinearClass::BitLinear);
  EXPECT_EQ(quantization.mode, QuantizationMode::Offline);
  EXPECT_FALSE(quantization.useRmsNorm);
  EXPECT_FALSE(quantizationWith("modules_to_not_convert", nullptr).notConverted);
}

TEST(Quantization, OnlineIsOfAutoBitLinear) {
  auto mode = [](const char *linearClass) {
    return (*parseQuantization([&](Json &c) {
             c["quantization_config"].update({{"linear_class", linearClass}, {"quantization_mode", "online"}});
           }))
        ->mode;
  };
  EXPECT_EQ(mode("autobitlinear"), QuantizationMode::Online);
  EXPECT_EQ(mode("bitlinear"), QuantizationMode::Offline);
}

TEST(Quantization, ModulesThatStayDense) {
  Quantization some = quantizationWith("modules_to_not_convert", {"lm_head", "q_proj", "model.layers.1.*"});
  EXPECT_TRUE(some.staysDense("lm_head"));
  EXPECT_TRUE(some.staysDense("model.layers.0.self_attn.q_proj"));
  EXPECT_FALSE(some.staysDense("model.layers.0.self_attn.k_proj"));
  EXPECT_TRUE(some.staysDense("model.layers.1.mlp.up_proj"));
  EXPECT_TRUE(some.staysDense("model.layers.11.mlp.up_proj")); // as transformers has it
  EXPECT_FALSE(some.staysDense("model.layers.2.mlp.up_proj"));
  EXPECT_FALSE(some.staysDenseInTransformers4("model.layers.2.mlp.up_proj"));
}

TEST(Quantization, TransformersFourWantedNoWholeNames) {
  Quantization some = quantizationWith("modules_to_not_convert", Json::array({"mlp"}));
  EXPECT_TRUE(some.staysDenseInTransformers4("model.layers.0.mlp.up_proj"));
  EXPECT_FALSE(some.staysDense("model.layers.0.mlp.up_proj"));
}

TEST(Quantization, AListOfDenseModulesStandsForTheOutputHead) {
  for (const Json &names : {Json::array(), Json{"q_proj"}, Json(nullptr), Json{"lm_head"}}) {
    Quantization list = quantizationWith("modules_to_not_convert", names);
    EXPECT_TRUE(list.staysDenseInTransformers4("lm_head")) << names;
    EXPECT_EQ(list.staysDense("lm_head"), names.is_null() || names == Json{"lm_head"}) << names;
  }
}

TEST(Quantization, WhatIsNotUnderstoodIsRefused) {
  auto with = [](const char *key, const Json &value) {
    return errorOfQuantization([&](Json &c) { c["quantization_config"][key] = value; });
  };
  EXPECT_THAT(with("input_bits", 4),
              HasSubstr("m/config.json: quantization_config: the field \"input_bits\" is not known"));
  EXPECT_THAT(with("quant_method", "awq"), HasSubstr("quantization_config: the quant_method \"awq\" is not supported"));
  EXPECT_THAT(with("modules_to_not_convert", "lm_head"),
              HasSubstr("\"modules_to_not_convert\" must be a list of module names"));
  EXPECT_THAT(with("modules_to_not_convert", Json::array({"layers\\.[0-3]"})),
              HasSubstr("only module names are supported"));
}

} // namespace
