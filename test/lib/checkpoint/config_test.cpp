//===- config_test.cpp - What config.json says ---------------------------------===//
#include "lib/base/json.h"
#include "lib/checkpoint/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

using namespace tern;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

Json smallConfig(const char *type) {
  return {{"model_type", type},
          {"hidden_size", 48},
          {"intermediate_size", 64},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 6},
          {"num_key_value_heads", 2},
          {"vocab_size", 100},
          {"max_position_embeddings", 256},
          {"quantization_config", {{"quant_method", "bitnet"}}}};
}

using Change = std::function<void(Json &)>;

Result<ModelConfig> parse(const char *type, const Change &change = {}, const char *generation = "") {
  Json config = smallConfig(type);
  if (change)
    change(config);
  return parseModelConfig(config.dump(), generation, "m/config.json");
}

std::string errorOf(const Change &change, const char *generation = "") {
  Result<ModelConfig> config = parse("bitnet", change, generation);
  return config ? "" : config.error().message;
}

/// A config of the key "tern" instead of quantization_config.
Change withRules(const Change &change = {}) {
  return [change](Json &c) {
    c.erase("quantization_config");
    Json codes;
    for (const char *role : {"q", "k", "v", "o", "gate", "up", "down"})
      codes[role] = "int8-absmax";
    c["tern"] = {{"weight_quant", "absmean"}, {"activation_quant", codes}};
    if (change)
      change(c);
  };
}

TEST(Config, RulesForTheInputsOfLinears) {
  Result<ModelConfig> config = parse("bitnet", withRules([](Json &c) {
                                       c["tern"]["hadamard"] = {"o"};
                                       c["tern"]["keep"] = {{"q", 0.6}, {"down", 1}};
                                       c["tern"]["keep_block"] = 32;
                                       c["tern"]["activation_quant"]["up"] = "int4-absmean";
                                     }));
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(config->rules);
  EXPECT_EQ(config->mode, QuantizationMode::Online);
  EXPECT_TRUE(config->rules->roles["o"].hadamard);
  EXPECT_FALSE(config->rules->roles["q"].hadamard);
  EXPECT_EQ(config->rules->roles["q"].keep, 0.6);
  EXPECT_EQ(config->rules->roles["down"].keep, 1);
  EXPECT_EQ(config->rules->keepBlock, 32);
  EXPECT_EQ(config->rules->roles["up"].codes, CodesRule::Int4Absmean);
  EXPECT_TRUE(config->rules->anyKeep());
  EXPECT_FALSE(config->rules->median);
  EXPECT_FALSE(parse("bitnet")->rules);
}

TEST(Config, RulesThatAreNotUnderstoodAreRefused) {
  auto with = [](const char *key, const Json &value) {
    return errorOf(withRules([&](Json &c) { c["tern"][key] = value; }));
  };
  EXPECT_EQ(errorOf(withRules()), "");
  EXPECT_THAT(with("weight_quant", "absmax"),
              HasSubstr("m/config.json: tern: the field \"weight_quant\" is \"absmax\""));
  EXPECT_THAT(with("activation_quant", {{"q", "int8-absmax"}}), HasSubstr("must name the rule of each of q, k, v"));
  EXPECT_THAT(errorOf(withRules([](Json &c) { c["tern"]["activation_quant"]["q"] = "int3"; })), HasSubstr("\"int3\""));
  EXPECT_THAT(with("hadamard", {"q", "head"}), HasSubstr("names \"head\"; linears are q, k, v, o, gate, up, down"));
  EXPECT_THAT(with("keep", {{"q", 1.5}}), HasSubstr("fractions above 0 and at most 1"));
  EXPECT_THAT(with("keep", Json::array({0.5})), HasSubstr("fractions by role"));
  EXPECT_THAT(with("inner_norm", "rms_norm"), HasSubstr("supported: layer_norm"));
  EXPECT_THAT(with("kv_bits", 3), HasSubstr("keys and values of few bits (BitNet a4.8) are not supported yet"));
  EXPECT_THAT(with("hadamrad", {"q"}), HasSubstr("the field \"hadamrad\" is not known"));
  EXPECT_THAT(errorOf(withRules([](Json &c) {
                c["tern"]["activation_quant"]["q"] = "int4-absmean";
                c["tern"]["keep"] = {{"q", 0.5}};
              })),
              HasSubstr("their scale would change"));
  EXPECT_THAT(errorOf(withRules([](Json &c) { c["quantization_config"] = {{"quant_method", "bitnet"}}; })),
              HasSubstr("has both \"quantization_config\" and \"tern\""));
}

TEST(Config, DefaultsAreThoseOfTransformers) {
  Result<ModelConfig> bitnet = parse("bitnet"), llama = parse("llama");
  ASSERT_TRUE(bitnet) << bitnet.error().message;
  ASSERT_TRUE(llama) << llama.error().message;
  EXPECT_EQ(bitnet->hiddenAct, HiddenAct::Relu2);
  EXPECT_EQ(llama->hiddenAct, HiddenAct::Silu);
  EXPECT_EQ(bitnet->rope.theta, 500000);
  EXPECT_EQ(llama->rope.theta, 10000);
  EXPECT_EQ(bitnet->rmsNormEps, 1e-5);
  EXPECT_EQ(llama->rmsNormEps, 1e-6);
  EXPECT_EQ(llama->bos, 1);
  EXPECT_THAT(llama->eos, ElementsAre(2));
  for (const ModelConfig &config : {*bitnet, *llama}) {
    EXPECT_EQ(config.headDim, 8);
    EXPECT_FALSE(config.tieWordEmbeddings);
    EXPECT_FALSE(config.attentionBias);
    EXPECT_EQ(config.linearClass, LinearClass::BitLinear);
    EXPECT_EQ(config.mode, QuantizationMode::Offline);
    EXPECT_EQ(config.rope.type, "default");
    EXPECT_FALSE(config.useRmsNorm);
  }
}

TEST(Config, NullIsAsIfNotThere) {
  Result<ModelConfig> config = parse("llama", [](Json &c) {
    for (const char *key :
         {"num_key_value_heads", "head_dim", "rope_scaling", "rope_theta", "bos_token_id", "hidden_act"})
      c[key] = nullptr;
    c["quantization_config"]["modules_to_not_convert"] = nullptr;
  });
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->kvHeads, 6);
  EXPECT_EQ(config->headDim, 8);
  EXPECT_FALSE(config->bos);
  EXPECT_FALSE(config->notConverted);
}

TEST(Config, AbsentIsNotNullWhereTransformersTellsThemApart) {
  auto without = [](const char *type, const char *key) {
    return parse(type, [&](Json &c) {
      c.update({{"num_attention_heads", 10}, {"hidden_size", 80}, {"vocab_size", 128256}});
      c.erase(key);
    });
  };
  EXPECT_EQ(without("bitnet", "num_key_value_heads")->kvHeads, 5);
  EXPECT_EQ(without("llama", "num_key_value_heads")->kvHeads, 10);
  EXPECT_EQ(parse("bitnet", [](Json &c) { c["num_key_value_heads"] = nullptr; })->kvHeads, 6);
  EXPECT_EQ(without("bitnet", "max_position_embeddings")->maxPositions, 2048);
  EXPECT_EQ(without("bitnet", "bos_token_id")->bos, 128000);
  EXPECT_THAT(without("bitnet", "eos_token_id")->eos, ElementsAre(128001));
  EXPECT_THAT(parse("llama", [](Json &c) { c["eos_token_id"] = nullptr; })->eos, IsEmpty());
  // A small vocabulary has no such tokens.
  EXPECT_FALSE(parse("bitnet")->bos);
  EXPECT_THAT(parse("bitnet")->eos, IsEmpty());
  EXPECT_THAT(errorOf([](Json &c) { c.erase("vocab_size"); }), HasSubstr("has no field \"vocab_size\""));
}

TEST(Config, WithoutQuantizationWeightsAreScaledAlready) {
  auto erase = [](Json &c) { c.erase("quantization_config"); };
  Result<ModelConfig> llama = parse("llama", erase);
  ASSERT_TRUE(llama) << llama.error().message;
  EXPECT_EQ(llama->mode, QuantizationMode::None);
  EXPECT_FALSE(llama->useRmsNorm);
  EXPECT_TRUE(llama->staysDense("lm_head"));
  EXPECT_FALSE(llama->staysDense("model.layers.0.mlp.up_proj"));
  auto with = [&](const char *key, const Json &value) { // forms of which plain floats are something else
    Result<ModelConfig> other = parse("llama", [&](Json &c) {
      erase(c);
      c[key] = value;
    });
    return other ? "" : other.error().message;
  };
  EXPECT_THAT(with("input_bits", 8), HasSubstr("the field \"input_bits\" is 8, which is not supported"));
  EXPECT_THAT(with("tern", Json::object()), HasSubstr("m/config.json: tern: the field \"weight_quant\" must be a string"));
  EXPECT_THAT(with("weight_bits", 2), HasSubstr("\"weight_bits\" must be an integer from 1 to 1"));
  EXPECT_THAT(errorOf(erase), HasSubstr("has no quantization_config; without it only a model of type llama"));
}

TEST(Config, OneWeightBitIsTheEraOfMasters) {
  Result<ModelConfig> era = parse("llama", [](Json &c) {
    c.erase("quantization_config");
    c.update({{"weight_bits", 1}, {"input_bits", 8}, {"pretraining_tp", 1}, {"architectures", {"BitnetForCausalLM"}}});
  });
  ASSERT_TRUE(era) << era.error().message;
  EXPECT_EQ(era->weightBits, 1);
  EXPECT_EQ(era->mode, QuantizationMode::Online);
  EXPECT_TRUE(era->staysDense("lm_head"));
  Result<ModelConfig> fewer = parse("llama", [](Json &c) {
    c.erase("quantization_config");
    c.update({{"weight_bits", 1}, {"input_bits", 4}});
  });
  ASSERT_FALSE(fewer);
  EXPECT_THAT(fewer.error().message, HasSubstr("\"input_bits\" must be an integer from 8 to 8"));
}

TEST(Config, KeysThatMayChangeArithmeticAreRefused) {
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
  EXPECT_THAT(errorOf([](Json &c) { c["quantization_config"]["input_bits"] = 4; }),
              HasSubstr("quantization_config: the field \"input_bits\" is not known"));
  EXPECT_THAT(with("rope_scaling", {{"type", "linear"}, {"rope_type", "default"}, {"factor", 2}}),
              HasSubstr("type and rope_type are different"));
  EXPECT_THAT(with("rope_scaling", {{"factor", 2}}), HasSubstr("\"factor\" is not known for rope_type \"default\""));
}

TEST(Config, ArchitecturesAreThoseOfTheModelType) {
  auto with = [](const Json &names) { return errorOf([&](Json &c) { c["architectures"] = names; }); };
  EXPECT_EQ(with({"BitNetForCausalLM"}), "");
  EXPECT_EQ(with(Json::array()), "");
  EXPECT_THAT(with({"LlamaForCausalLM"}),
              HasSubstr("but model_type \"bitnet\" is BitNetForCausalLM, BitnetForCausalLM"));
}

TEST(Config, IdsAreTokensOfTheVocabulary) {
  EXPECT_THAT(errorOf([](Json &c) { c["eos_token_id"] = 100; }), HasSubstr("end-of-text id 100 is no token"));
  EXPECT_THAT(errorOf([](Json &c) { c["bos_token_id"] = 100; }), HasSubstr("bos_token_id 100 is no token"));
  EXPECT_THAT(errorOf({}, R"({"eos_token_id": [2, 4000]})"), HasSubstr("end-of-text id 4000 is no token"));
}

TEST(Config, ModulesThatStayDense) {
  Result<ModelConfig> config = parse("bitnet", [](Json &c) {
    c["quantization_config"]["modules_to_not_convert"] = {"lm_head", "q_proj", "model.layers.1.*"};
  });
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->staysDense("lm_head"));
  EXPECT_TRUE(config->staysDense("model.layers.0.self_attn.q_proj"));
  EXPECT_FALSE(config->staysDense("model.layers.0.self_attn.k_proj"));
  EXPECT_TRUE(config->staysDense("model.layers.1.mlp.up_proj"));
  EXPECT_TRUE(config->staysDense("model.layers.11.mlp.up_proj")); // as transformers has it
  EXPECT_FALSE(config->staysDense("model.layers.2.mlp.up_proj"));
  EXPECT_FALSE(config->staysDenseInTransformers4("model.layers.2.mlp.up_proj"));
  EXPECT_THAT(errorOf([](Json &c) { c["quantization_config"]["modules_to_not_convert"] = {"layers\\.[0-3]"}; }),
              HasSubstr("only module names are supported"));
}

TEST(Config, TransformersFourWantedNoWholeNames) {
  Result<ModelConfig> config =
      parse("bitnet", [](Json &c) { c["quantization_config"]["modules_to_not_convert"] = {"mlp"}; });
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->staysDenseInTransformers4("model.layers.0.mlp.up_proj"));
  EXPECT_FALSE(config->staysDense("model.layers.0.mlp.up_proj"));
}

TEST(Config, AListOfDenseModulesStandsForTheOutputHead) {
  auto list = [](const Json &names) {
    return *parse("bitnet", [&](Json &c) { c["quantization_config"]["modules_to_not_convert"] = names; });
  };
  for (const Json &names : {Json::array(), Json{"q_proj"}, Json(nullptr), Json{"lm_head"}}) {
    EXPECT_TRUE(list(names).staysDenseInTransformers4("lm_head")) << names;
    EXPECT_EQ(list(names).staysDense("lm_head"), names.is_null() || names == Json{"lm_head"}) << names;
  }
}

TEST(Config, HeadDimMayBeGiven) {
  EXPECT_EQ(parse("llama", [](Json &c) { c["head_dim"] = 10; })->headDim, 10);
  // A hidden size that the heads do not divide is then fine.
  EXPECT_EQ(parse("llama", [](Json &c) { c.update({{"head_dim", 10}, {"hidden_size", 50}}); })->headDim, 10);
}

TEST(Config, RopeOfBothGenerationsOfTransformers) {
  Result<ModelConfig> old = parse("llama", [](Json &c) {
    c["rope_theta"] = 7e4;
    c["rope_scaling"] = {{"type", "linear"}, {"factor", 2.0}};
  });
  Result<ModelConfig> fresh = parse(
      "llama", [](Json &c) { c["rope_parameters"] = {{"rope_type", "linear"}, {"factor", 2.0}, {"rope_theta", 7e4}}; });
  for (const Result<ModelConfig> *config : {&old, &fresh}) {
    ASSERT_TRUE(*config) << config->error().message;
    EXPECT_EQ((*config)->rope.theta, 7e4);
    EXPECT_EQ((*config)->rope.type, "linear");
    EXPECT_EQ((*config)->rope.factor, 2);
  }
  Result<ModelConfig> llama3 = parse("llama", [](Json &c) {
    c["rope_scaling"] = {{"rope_type", "llama3"},
                         {"factor", 8.0},
                         {"low_freq_factor", 1.0},
                         {"high_freq_factor", 4.0},
                         {"original_max_position_embeddings", 128}};
  });
  ASSERT_TRUE(llama3) << llama3.error().message;
  EXPECT_EQ(llama3->rope.originalMaxPosition, 128);
}

TEST(Config, RopeThatStandsInTwoPlaces) {
  const Json linear = {{"type", "linear"}, {"factor", 4.0}}, plain = {{"rope_type", "default"}, {"rope_theta", 5.0}};
  RopeConfig both =
      parse("llama", [&](Json &c) { c.update({{"rope_scaling", linear}, {"rope_parameters", plain}}); })->rope;
  EXPECT_EQ(both.type, "linear");
  EXPECT_EQ(both.theta, 10000);
  RopeConfig second =
      parse("llama", [&](Json &c) { c.update({{"rope_scaling", Json::object()}, {"rope_parameters", plain}}); })->rope;
  EXPECT_EQ(second.type, "default");
  EXPECT_EQ(second.theta, 5);
  RopeConfig llama3 = parse("llama", [](Json &c) {
                        c["original_max_position_embeddings"] = 32;
                        c["rope_scaling"] = {{"rope_type", "llama3"},
                                             {"factor", 8.0},
                                             {"low_freq_factor", 1.0},
                                             {"high_freq_factor", 4.0},
                                             {"original_max_position_embeddings", 128}};
                      })->rope;
  EXPECT_EQ(llama3.originalMaxPosition, 32);
}

TEST(Config, EndsOfTextAreThoseOfGenerationConfigIfItHasAny) {
  EXPECT_THAT(parse("bitnet", [](Json &c) { c["eos_token_id"] = 7; })->eos, ElementsAre(7));
  EXPECT_THAT(parse("bitnet", [](Json &c) { c["eos_token_id"] = {7, 9, 7}; })->eos, ElementsAre(7, 9));
  EXPECT_THAT(parse(
                  "bitnet", [](Json &c) { c["eos_token_id"] = 7; }, R"({"eos_token_id": [8, 7], "temperature": 0.6})")
                  ->eos,
              ElementsAre(8, 7));
  EXPECT_THAT(parse("bitnet", [](Json &c) { c["eos_token_id"] = 7; }, R"({"top_k": 5})")->eos, ElementsAre(7));
  EXPECT_THAT(errorOf({}, "{"), HasSubstr("m/generation_config.json: is no valid JSON"));
  EXPECT_EQ(errorOf({}, R"({"eos_token_id": "x"})"),
            "m/generation_config.json: the field \"eos_token_id\" must be a token id or a list of "
            "token ids");
}

TEST(Config, OnlineQuantisationIsOfAutoBitLinear) {
  auto mode = [](const char *linearClass) {
    return parse("bitnet",
                 [&](Json &c) {
                   c["quantization_config"].update({{"linear_class", linearClass}, {"quantization_mode", "online"}});
                 })
        ->mode;
  };
  EXPECT_EQ(mode("autobitlinear"), QuantizationMode::Online);
  EXPECT_EQ(mode("bitlinear"), QuantizationMode::Offline);
}

TEST(Config, ErrorsNameTheField) {
  auto with = [](const char *key, const Json &value) { return errorOf([&](Json &c) { c[key] = value; }); };
  EXPECT_EQ(with("model_type", "gpt2"),
            "m/config.json: the field \"model_type\" is \"gpt2\"; supported: bitnet, llama");
  EXPECT_EQ(with("hidden_size", 0), "m/config.json: the field \"hidden_size\" must be an integer from 1 to 1048576");
  EXPECT_EQ(with("num_key_value_heads", 4), "m/config.json: num_attention_heads (6) must be a "
                                            "multiple of num_key_value_heads (4)");
  EXPECT_THAT(with("hidden_size", 50), HasSubstr("multiple of num_attention_heads"));
  EXPECT_THAT(with("head_dim", 7), HasSubstr("must be even"));
  EXPECT_THAT(with("rms_norm_eps", -1), HasSubstr("\"rms_norm_eps\" must be a number"));
  EXPECT_THAT(with("tie_word_embeddings", 1), HasSubstr("\"tie_word_embeddings\" must be true or"));
  EXPECT_THAT(with("rope_scaling", {{"rope_type", "linear"}}),
              HasSubstr("m/config.json: rope_scaling: the field \"factor\""));
  EXPECT_THAT(with("rope_scaling", {{"rope_type", "dynamic"}, {"factor", 2}}),
              HasSubstr("the rope_type \"dynamic\" is not supported; supported: default, linear"));
  EXPECT_THAT(with("quantization_config", nullptr), HasSubstr("has no quantization_config"));
  EXPECT_THAT(with("quantization_config", {{"quant_method", "awq"}}),
              HasSubstr("quantization_config: the quant_method \"awq\" is not supported"));
  EXPECT_THAT(with("quantization_config", {{"quant_method", "bitnet"}, {"modules_to_not_convert", "lm_head"}}),
              HasSubstr("\"modules_to_not_convert\" must be a list of module names"));
  for (const Json &id : {Json(-1), Json("4"), Json(1.5), Json(int64_t(1) << 40)})
    EXPECT_THAT(with("eos_token_id", id), HasSubstr("must be a token id")) << id;
}

} // namespace
