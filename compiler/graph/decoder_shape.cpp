//===- decoder_shape.cpp - Sizes of a decoder, out of config.json -------------===//
#include "compiler/graph/decoder_shape.h"

#include "lib/base/text.h"

#include <algorithm>

namespace tern {

const ModelClass kBitnetClass = {
    "bitnet", {"BitNetForCausalLM", "BitnetForCausalLM"}, 1e-5, 500000.0, "relu2", 5, {128000, 128001}};
const ModelClass kLlamaClass = {"llama", {"LlamaForCausalLM", "BitnetForCausalLM"}, 1e-6, 10000.0, "silu", 0, {1, 2}};

static constexpr std::pair<std::string_view, HiddenAct> kActivations[] = {
    {"relu2", HiddenAct::Relu2}, {"silu", HiddenAct::Silu}, {"swish", HiddenAct::Silu}};

/// A checkpoint whose architectures are all of other classes than its model_type is another model.
static void checkArchitectures(ConfigReader &config, const ModelClass &modelClass) {
  const Json *names = config.find("architectures");
  if (!names || !names->is_array() || names->empty())
    return;
  std::string known;
  for (std::string_view name : modelClass.architectures) {
    if (std::ranges::any_of(*names, [&](const Json &given) { return given.is_string() && given == name; }))
      return;
    known += (known.empty() || name.empty() ? "" : ", ") + std::string(name);
  }
  config.fail("the field \"architectures\" is " + printable(jsonText(*names)) + ", but model_type " +
              quote(modelClass.modelType) + " is " + known);
}

DecoderShape readDecoderShape(ConfigReader &config, const ModelClass &modelClass) {
  constexpr int64_t kDefaultMaxPositions = 2048; // of both classes
  DecoderShape shape{};
  shape.hiddenSize = config.integer("hidden_size", 1, kMaxSize);
  shape.intermediateSize = config.integer("intermediate_size", 1, kMaxSize);
  shape.layers = config.integer("num_hidden_layers", 1, 4096);
  shape.heads = config.integer("num_attention_heads", 1, 4096);
  // Null is as many as heads, in both classes.
  bool defaultKvHeads = !config.contains("num_key_value_heads") && modelClass.kvHeads > 0;
  shape.kvHeads = config.integer("num_key_value_heads", 1, 4096, defaultKvHeads ? modelClass.kvHeads : shape.heads);
  shape.vocabSize = config.integer("vocab_size", 1, 16 * kMaxSize);
  shape.maxPositions = config.integer("max_position_embeddings", 1, 16 * kMaxSize, kDefaultMaxPositions);
  int64_t even = shape.hiddenSize / std::max<int64_t>(shape.heads, 1);
  shape.headDim = config.integer("head_dim", 2, 4096, modelClass.headDim > 0 ? modelClass.headDim : even);
  shape.rmsNormEps = config.number("rms_norm_eps", 0, 1, modelClass.rmsNormEps);
  shape.hiddenAct =
      choose(config, "hidden_act", config.string("hidden_act", std::string(modelClass.hiddenAct)), kActivations);
  shape.tieWordEmbeddings = config.boolean("tie_word_embeddings", false);
  shape.attentionBias = config.boolean("attention_bias", false);
  shape.mlpBias = config.boolean("mlp_bias", false);
  shape.rope = readRope(config, shape.maxPositions, modelClass.ropeTheta);
  if (shape.heads % shape.kvHeads != 0)
    config.fail("num_attention_heads (" + std::to_string(shape.heads) +
                ") must be a multiple of num_key_value_heads (" + std::to_string(shape.kvHeads) + ")");
  if (!config.has("head_dim") && modelClass.headDim == 0 && shape.hiddenSize % shape.heads != 0)
    config.fail("hidden_size must be a multiple of num_attention_heads, or head_dim must be given");
  if (shape.headDim % 2 != 0)
    config.fail("the head dimension (" + std::to_string(shape.headDim) + ") must be even for rotary embedding");
  shape.tokens = readTokenIds(config, shape.vocabSize, modelClass.tokens);
  checkArchitectures(config, modelClass);
  return shape;
}

} // namespace tern
