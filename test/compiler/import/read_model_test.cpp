//===- read_model_test.cpp - The family of a config.json -----------------===//
#include "compiler/import/read_model.h"
#include "test/lib/checkpoint/small_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using test::Change;
using test::withRules;
using testing::HasSubstr;

namespace {

Result<ReadModel> parse(const char *type, const Change &change = {}) {
  return readModel(*test::smallFiles(type, change));
}
std::string errorOf(const Change &change, const char *type = "bitnet") {
  Result<ReadModel> model = parse(type, change);
  return model ? "" : model.error().message;
}
std::string familyOf(const char *type, const Change &change = {}) {
  Result<ReadModel> model = parse(type, change);
  return model ? model->family->name : model.error().message;
}

TEST(ReadModel, FindsTheFamily) {
  auto rules = [](const char *key, const Json &value) { return withRules([=](Json &c) { c["tern"][key] = value; }); };
  EXPECT_EQ(familyOf("bitnet"), "bitnet");
  EXPECT_EQ(familyOf("llama"), "llama");
  for (const char *type : {"bitnet", "llama"}) {
    EXPECT_EQ(familyOf(type, rules("hadamard", {"o"})), "bitnet-v2");
    EXPECT_EQ(familyOf(type, rules("keep", {{"q", 0.5}})), "qsparse");
    EXPECT_EQ(familyOf(type, rules("inner_norm", "layer_norm")), "reloaded");
  }
  EXPECT_THAT(errorOf(withRules()), HasSubstr("m/config.json: is of no family that is known; there are: bitnet, "));
  EXPECT_THAT(errorOf(rules("weight_quant", "absmax")), HasSubstr("tern: the field \"weight_quant\" is \"absmax\""));
  EXPECT_EQ(errorOf([](Json &c) { c["model_type"] = "gpt2"; }),
            "m/config.json: the field \"model_type\" is \"gpt2\"; supported: bitnet, llama, qwen3");
}

TEST(ReadModel, WithoutQuantizationWeightsAreScaledAlready) {
  auto erase = [](Json &c) { c.erase("quantization_config"); };
  Result<ReadModel> llama = parse("llama", erase);
  ASSERT_TRUE(llama) << llama.error().message;
  EXPECT_EQ(llama->model.text.quantization.mode, QuantizationMode::None);
  auto with = [&](const char *key, const Json &value) { // forms of which plain floats are something else
    return errorOf(
        [&](Json &c) {
          erase(c);
          c[key] = value;
        },
        "llama");
  };
  EXPECT_THAT(with("input_bits", 8), HasSubstr("the field \"input_bits\" is 8, which is not supported"));
  EXPECT_THAT(with("tern", Json::object()),
              HasSubstr("m/config.json: tern: the field \"weight_quant\" must be a string"));
  EXPECT_THAT(with("weight_bits", 2), HasSubstr("\"weight_bits\" must be an integer from 1 to 1"));
  EXPECT_THAT(errorOf(erase), HasSubstr("has no quantization_config; without it only a model of type llama"));
  EXPECT_THAT(errorOf([](Json &c) { c["quantization_config"] = nullptr; }), HasSubstr("has no quantization_config"));
}

TEST(ReadModel, OneWeightBitIsTheEraOfMasters) {
  auto era = [](int64_t inputBits) {
    return parse("llama", [=](Json &c) {
      c.erase("quantization_config");
      c.update({{"weight_bits", 1}, {"input_bits", inputBits}, {"pretraining_tp", 1}});
      c["architectures"] = {"BitnetForCausalLM"};
    });
  };
  Result<ReadModel> model = era(8);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_STREQ(model->family->name, "bitnet-era");
  EXPECT_EQ(model->model.text.quantization.mode, QuantizationMode::Online);
  EXPECT_TRUE(model->model.text.quantization.staysDense("lm_head"));
  EXPECT_THAT(era(4).error().message, HasSubstr("\"input_bits\" must be an integer from 8 to 8"));
}

TEST(ReadModel, KeysThatMayChangeArithmeticAreRefused) {
  auto with = [](const char *key, const Json &value) { return errorOf([&](Json &c) { c[key] = value; }); };
  for (const auto &[key, value] : std::vector<std::pair<const char *, Json>>{{"final_logit_softcapping", 30.0},
                                                                             {"partial_rotary_factor", 0.5},
                                                                             {"rms_norm_epsilon", 1e-5},
                                                                             {"num_attention_head", 6},
                                                                             {"layer_types", {"sliding_attention"}},
                                                                             {"sliding_window", 4096},
                                                                             {"is_causal", false},
                                                                             {"never_seen", "x"}})
    EXPECT_THAT(with(key, value), HasSubstr(std::string("m/config.json: the field \"") + key + "\" is "));
  for (const auto &[key, value] : std::vector<std::pair<const char *, Json>>{{"initializer_range", 0.02},
                                                                             {"partial_rotary_factor", 1.0},
                                                                             {"layer_types", {"full_attention"}},
                                                                             {"never_seen", nullptr},
                                                                             {"use_sliding_window", false}})
    EXPECT_EQ(with(key, value), "") << key;
  EXPECT_EQ(errorOf([](Json &c) { c.update({{"sliding_window", 4096}, {"use_sliding_window", false}}); }), "");
}

} // namespace
