//===- decoder_shape_test.cpp - Sizes of a decoder, out of config.json ---===//
#include "compiler/graph/decoder_shape.h"
#include "test/lib/checkpoint/small_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace tern;
using test::Change;
using testing::HasSubstr;

namespace {

Result<DecoderShape> parse(const char *type, const Change &change = {}) {
  return test::readSmall(test::smallFiles(type, change), [&](ConfigReader &config) {
    return readDecoderShape(config, type == kBitnetClass.modelType ? kBitnetClass : kLlamaClass);
  });
}
std::string errorOf(const Change &change) {
  Result<DecoderShape> shape = parse("bitnet", change);
  return shape ? "" : shape.error().message;
}

TEST(DecoderShape, DefaultsAreThoseOfTransformers) {
  Result<DecoderShape> bitnet = parse("bitnet"), llama = parse("llama");
  ASSERT_TRUE(bitnet) << bitnet.error().message;
  ASSERT_TRUE(llama) << llama.error().message;
  EXPECT_EQ(bitnet->hiddenAct, HiddenAct::Relu2);
  EXPECT_EQ(llama->hiddenAct, HiddenAct::Silu);
  EXPECT_EQ(bitnet->rope.theta, 500000);
  EXPECT_EQ(llama->rope.theta, 10000);
  EXPECT_EQ(bitnet->rmsNormEps, 1e-5);
  EXPECT_EQ(llama->rmsNormEps, 1e-6);
  EXPECT_EQ(llama->tokens.bos, 1);
  EXPECT_THAT(llama->tokens.eos, testing::ElementsAre(2));
  for (const DecoderShape &shape : {*bitnet, *llama}) {
    EXPECT_EQ(shape.headDim, 8);
    EXPECT_FALSE(shape.tieWordEmbeddings);
    EXPECT_FALSE(shape.attentionBias);
    EXPECT_EQ(shape.rope.type, "default");
  }
}

TEST(DecoderShape, NullIsAsIfNotThere) {
  Result<DecoderShape> shape = parse("llama", [](Json &c) {
    for (const char *key :
         {"num_key_value_heads", "head_dim", "rope_scaling", "rope_theta", "bos_token_id", "hidden_act"})
      c[key] = nullptr;
  });
  ASSERT_TRUE(shape) << shape.error().message;
  EXPECT_EQ(shape->kvHeads, 6);
  EXPECT_EQ(shape->headDim, 8);
  EXPECT_FALSE(shape->tokens.bos);
}

TEST(DecoderShape, AbsentIsNotNullWhereTransformersTellsThemApart) {
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
  EXPECT_EQ(without("bitnet", "bos_token_id")->tokens.bos, 128000);
  EXPECT_THAT(errorOf([](Json &c) { c.erase("vocab_size"); }), HasSubstr("has no field \"vocab_size\""));
}

TEST(DecoderShape, ArchitecturesAreThoseOfTheModelType) {
  auto with = [](const Json &names) { return errorOf([&](Json &c) { c["architectures"] = names; }); };
  EXPECT_EQ(with({"BitNetForCausalLM"}), "");
  EXPECT_EQ(with(Json::array()), "");
  EXPECT_THAT(with({"LlamaForCausalLM"}),
              HasSubstr("but model_type \"bitnet\" is BitNetForCausalLM, BitnetForCausalLM"));
}

TEST(DecoderShape, HeadDimMayBeGiven) {
  EXPECT_EQ(parse("llama", [](Json &c) { c["head_dim"] = 10; })->headDim, 10);
  // A hidden size that the heads do not divide is then fine.
  EXPECT_EQ(parse("llama", [](Json &c) { c.update({{"head_dim", 10}, {"hidden_size", 50}}); })->headDim, 10);
}

TEST(DecoderShape, RopeOfBothGenerationsOfTransformers) {
  Result<DecoderShape> old = parse("llama", [](Json &c) {
    c["rope_theta"] = 7e4;
    c["rope_scaling"] = {{"type", "linear"}, {"factor", 2.0}};
  });
  Result<DecoderShape> fresh = parse(
      "llama", [](Json &c) { c["rope_parameters"] = {{"rope_type", "linear"}, {"factor", 2.0}, {"rope_theta", 7e4}}; });
  for (const Result<DecoderShape> *config : {&old, &fresh}) {
    ASSERT_TRUE(*config) << config->error().message;
    EXPECT_EQ((*config)->rope.theta, 7e4);
    EXPECT_EQ((*config)->rope.type, "linear");
    EXPECT_EQ((*config)->rope.factor, 2);
  }
  Result<DecoderShape> llama3 = parse("llama", [](Json &c) {
    c["rope_scaling"] = {{"rope_type", "llama3"},
                         {"factor", 8.0},
                         {"low_freq_factor", 1.0},
                         {"high_freq_factor", 4.0},
                         {"original_max_position_embeddings", 128}};
  });
  ASSERT_TRUE(llama3) << llama3.error().message;
  EXPECT_EQ(llama3->rope.originalMaxPosition, 128);
}

TEST(DecoderShape, RopeThatStandsInTwoPlaces) {
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

TEST(DecoderShape, ErrorsNameTheField) {
  auto with = [](const char *key, const Json &value) { return errorOf([&](Json &c) { c[key] = value; }); };
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
  EXPECT_THAT(with("rope_scaling", {{"type", "linear"}, {"rope_type", "default"}, {"factor", 2}}),
              HasSubstr("type and rope_type are different"));
  EXPECT_THAT(with("rope_scaling", {{"factor", 2}}), HasSubstr("\"factor\" is not known for rope_type \"default\""));
}

} // namespace
