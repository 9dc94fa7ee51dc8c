//===- config.cpp - What config.json says about a model -------------------===//
#include "lib/checkpoint/config.h"

#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/checkpoint/harmless_keys.h"

#include <algorithm>
#include <utility>

namespace tern {

/// Larger than any published model in every dimension; three of them multiply within int64.
static constexpr int64_t kMaxSize = 1 << 20;

static constexpr std::pair<std::string_view, ModelType> kModelTypes[] = {{"bitnet", ModelType::Bitnet},
                                                                         {"llama", ModelType::Llama}};
static constexpr std::pair<std::string_view, HiddenAct> kActivations[] = {
    {"relu2", HiddenAct::Relu2}, {"silu", HiddenAct::Silu}, {"swish", HiddenAct::Silu}};
static constexpr std::pair<std::string_view, LinearClass> kLinearClasses[] = {
    {"bitlinear", LinearClass::BitLinear}, {"autobitlinear", LinearClass::AutoBitLinear}};
static constexpr std::pair<std::string_view, QuantizationMode> kModes[] = {{"offline", QuantizationMode::Offline},
                                                                           {"online", QuantizationMode::Online}};

/// Those of transformers' BitNetConfig and LlamaConfig, in the order of ModelType.
struct Defaults {
  double rmsNormEps, ropeTheta;
  std::string_view hiddenAct;
  int64_t kvHeads; ///< 0: as many as heads
  int64_t bos, eos;
};
static constexpr Defaults kDefaults[] = {{1e-5, 500000.0, "relu2", 5, 128000, 128001},
                                         {1e-6, 10000.0, "silu", 0, 1, 2}};
/// The classes of a model_type, in the order of ModelType.
static constexpr std::string_view kArchitectures[][2] = {{"BitNetForCausalLM", "BitnetForCausalLM"},
                                                         {"LlamaForCausalLM", "BitnetForCausalLM"}};
static constexpr int64_t kDefaultMaxPositions = 2048; // of both

std::string_view modelTypeName(ModelType type) { return kModelTypes[size_t(type)].first; }

/// Ends a name that is the beginning of others.
static constexpr std::string_view kAnyRest = ".*";

static std::string_view withoutRest(std::string_view name) {
  return name.ends_with(kAnyRest) ? name.substr(0, name.size() - kAnyRest.size()) : name;
}

bool ModelConfig::staysDense(std::string_view module) const {
  if (!notConverted)
    return module == kHeadModule;
  return std::ranges::any_of(*notConverted, [&](const std::string &name) {
    return module.starts_with(withoutRest(name)) || module.ends_with(name);
  });
}

bool ModelConfig::staysDenseInTransformers4(std::string_view module) const {
  return module == kHeadModule || (notConverted && std::ranges::any_of(*notConverted, [&](const std::string &name) {
                                     return module.find(withoutRest(name)) != module.npos;
                                   }));
}

/// The value of that name, or a complaint that lists the names.
template <typename T, size_t N>
static T choose(JsonFields &fields, const char *key, const std::string &name,
                const std::pair<std::string_view, T> (&table)[N]) {
  std::string supported;
  for (const auto &[known, value] : table) {
    if (name == known)
      return value;
    supported += (supported.empty() ? "" : ", ") + std::string(known);
  }
  fields.fail("the field " + quote(key) + " is " + quote(name) + "; supported: " + supported);
  return table[0].second;
}

static void addIds(JsonFields &fields, const char *key, std::vector<int64_t> &ids) {
  const Json *value = fields.find(key);
  if (!value)
    return;
  auto add = [&](const Json &id) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > uint64_t(INT32_MAX))
      return fields.fail("the field \"" + std::string(key) + "\" must be a token id or a list of token ids");
    if (std::find(ids.begin(), ids.end(), id.get<int64_t>()) == ids.end())
      ids.push_back(id.get<int64_t>());
  };
  if (!value->is_array())
    return add(*value);
  for (const Json &id : *value)
    add(id);
}

/// As transformers 5 does (modeling_rope_utils.py, convert_rope_params_to_dict): rope_scaling, where it says anything,
/// stands for rope_parameters, and what neither says of theta stands in the configuration itself.
static RopeConfig parseRope(JsonFields &fields, const std::string &path, int64_t maxPositions, double theta) {
  RopeConfig rope;
  rope.theta = fields.number("rope_theta", 1, 1e12, theta);
  const Json *scaled = fields.find("rope_scaling");
  fields.find("rope_parameters"); // the other of the two says the same or is not looked at, as in transformers
  fields.find("original_max_position_embeddings");
  const char *key = scaled && !scaled->empty() ? "rope_scaling" : "rope_parameters";
  const Json *value = fields.find(key);
  if (!value)
    return rope;
  JsonFields scaling(*value, path + ": " + key);
  rope.theta = scaling.number("rope_theta", 1, 1e12, rope.theta);
  rope.type = scaling.string("rope_type", scaling.string("type", std::string("default")));
  if (scaling.has("rope_type") && scaling.has("type") && scaling.string("type") != rope.type)
    scaling.fail("type and rope_type are different");
  if (rope.type != "default" && rope.type != "linear" && rope.type != "llama3")
    scaling.fail("the rope_type " + quote(rope.type) + " is not supported; supported: default, linear, llama3");
  if (scaling.number("partial_rotary_factor", 0, 1, 1) != 1)
    scaling.fail("the partial_rotary_factor must be 1: embeddings that turn a part of each head "
                 "are not supported");
  if (rope.type != "default")
    rope.factor = scaling.number("factor", 1, 1e6);
  if (rope.type == "llama3") {
    rope.lowFreqFactor = scaling.number("low_freq_factor", 1e-3, 1e6);
    rope.highFreqFactor = scaling.number("high_freq_factor", 1e-3, 1e6);
    const char *original = "original_max_position_embeddings";
    rope.originalMaxPosition = scaling.number(original, 1, double(1 << 24), double(maxPositions));
    // Beside the sizes it wins over the one in here (standardize_rope_params).
    rope.originalMaxPosition = fields.number(original, 1, double(1 << 24), rope.originalMaxPosition);
    if (rope.highFreqFactor <= rope.lowFreqFactor)
      scaling.fail("high_freq_factor must be above low_freq_factor");
  }
  for (const std::string &key : scaling.unread())
    if (!value->at(key).is_null())
      scaling.fail("the field " + quote(key) + " is not known for rope_type " + quote(rope.type));
  if (Status status = scaling.status(); !status)
    fields.fail(status.error().message.substr(path.size() + 2));
  return rope;
}

/// transformers 5 reads names as regular expressions too. One that ends in ".*" is a beginning; others are not known
/// from any checkpoint.
static void addModuleName(JsonFields &fields, std::string name, std::vector<std::string> &names) {
  if (withoutRest(name).find_first_of("*+?[](){}|^$\\") != std::string_view::npos)
    fields.fail("the field \"modules_to_not_convert\" has " + quote(name) +
                "; only module names are supported, with .* at their end at most");
  names.push_back(std::move(name));
}

static void parseQuantization(JsonFields &fields, const std::string &path, ModelConfig &config) {
  const Json *value = fields.find("quantization_config");
  config.rules = parseLinearRules(fields, path);
  if (config.rules) {
    if (value)
      fields.fail("has both \"quantization_config\" and \"tern\", which say how its linears are quantised");
    config.linearClass = LinearClass::AutoBitLinear;
    config.mode = QuantizationMode::Online;
    return;
  }
  if (!value) {
    config.mode = QuantizationMode::None;
    // 1bitLLM's form: masters that are made ternary at load.
    config.weightBits = fields.integer("weight_bits", 1, 1, 0);
    if (config.weightBits == 1) {
      config.linearClass = LinearClass::AutoBitLinear;
      config.mode = QuantizationMode::Online;
      fields.integer("input_bits", 8, 8, 8);
    }
    if (config.modelType != ModelType::Llama)
      fields.fail(
          "has no quantization_config; without it only a model of type llama can be compiled, whose weights are "
          "ternary already");
    return;
  }
  JsonFields quantization(*value, path + ": quantization_config");
  std::string method = quantization.string("quant_method");
  if (method != "bitnet")
    quantization.fail("the quant_method " + quote(method) + " is not supported; supported: bitnet");
  config.linearClass = choose(quantization, "linear_class",
                              quantization.string("linear_class", std::string("bitlinear")), kLinearClasses);
  config.mode = choose(quantization, "quantization_mode",
                       quantization.string("quantization_mode", std::string("offline")), kModes);
  if (config.linearClass == LinearClass::BitLinear)
    config.mode = QuantizationMode::Offline; // transformers looks at the mode for AutoBitLinear only
  config.useRmsNorm = quantization.boolean("use_rms_norm", false);
  config.linearRmsNormEps = quantization.number("rms_norm_eps", 0, 1, 1e-6);
  if (const Json *modules = quantization.find("modules_to_not_convert")) {
    config.notConverted.emplace();
    if (!modules->is_array())
      quantization.fail("the field \"modules_to_not_convert\" must be a list of module names");
    else
      for (const Json &module : *modules) {
        if (module.is_string())
          addModuleName(quantization, module.get<std::string>(), *config.notConverted);
        else
          quantization.fail("the field \"modules_to_not_convert\" must be a list of module names");
      }
  }
  for (const std::string &key : quantization.unread())
    if (!value->at(key).is_null())
      quantization.fail("the field " + quote(key) + " is not known, and may change what the model computes");
  if (Status status = quantization.status(); !status)
    fields.fail(status.error().message.substr(path.size() + 2));
}

/// A checkpoint whose architectures are all of other classes than its model_type is another model.
static void checkArchitectures(JsonFields &fields, const ModelConfig &config) {
  const Json *names = fields.find("architectures");
  if (!names || !names->is_array() || names->empty())
    return;
  std::string known;
  for (std::string_view name : kArchitectures[size_t(config.modelType)]) {
    if (std::ranges::any_of(*names, [&](const Json &given) { return given.is_string() && given == name; }))
      return;
    known += (known.empty() || name.empty() ? "" : ", ") + std::string(name);
  }
  fields.fail("the field \"architectures\" is " + printable(jsonText(*names)) + ", but model_type " +
              quote(modelTypeName(config.modelType)) + " is " + known);
}

Result<ModelConfig> parseModelConfig(std::string_view text, std::string_view generationConfig,
                                     const std::string &path) {
  Result<Json> json = parseJson(text, path);
  if (!json)
    return json.error();
  JsonFields fields(*json, path);
  ModelConfig config{};
  config.modelType = choose(fields, "model_type", fields.string("model_type"), kModelTypes);
  const Defaults &defaults = kDefaults[size_t(config.modelType)];
  config.hiddenSize = fields.integer("hidden_size", 1, kMaxSize);
  config.intermediateSize = fields.integer("intermediate_size", 1, kMaxSize);
  config.layers = fields.integer("num_hidden_layers", 1, 4096);
  config.heads = fields.integer("num_attention_heads", 1, 4096);
  // Null is as many as heads, in both classes.
  bool defaultKvHeads = !fields.contains("num_key_value_heads") && defaults.kvHeads > 0;
  config.kvHeads = fields.integer("num_key_value_heads", 1, 4096, defaultKvHeads ? defaults.kvHeads : config.heads);
  config.vocabSize = fields.integer("vocab_size", 1, 16 * kMaxSize);
  config.maxPositions = fields.integer("max_position_embeddings", 1, 16 * kMaxSize, kDefaultMaxPositions);
  config.headDim = fields.integer("head_dim", 2, 4096, config.hiddenSize / std::max<int64_t>(config.heads, 1));
  config.rmsNormEps = fields.number("rms_norm_eps", 0, 1, defaults.rmsNormEps);
  config.hiddenAct =
      choose(fields, "hidden_act", fields.string("hidden_act", std::string(defaults.hiddenAct)), kActivations);
  config.tieWordEmbeddings = fields.boolean("tie_word_embeddings", false);
  config.attentionBias = fields.boolean("attention_bias", false);
  config.mlpBias = fields.boolean("mlp_bias", false);
  config.rope = parseRope(fields, path, config.maxPositions, defaults.ropeTheta);
  parseQuantization(fields, path, config);
  if (fields.has("bos_token_id"))
    config.bos = fields.integer("bos_token_id", 0, INT32_MAX);
  else if (!fields.contains("bos_token_id") && defaults.bos < config.vocabSize)
    config.bos = defaults.bos;
  addIds(fields, "eos_token_id", config.eos);
  if (!fields.contains("eos_token_id") && defaults.eos < config.vocabSize)
    config.eos = {defaults.eos};
  if (config.heads % config.kvHeads != 0)
    fields.fail("num_attention_heads (" + std::to_string(config.heads) +
                ") must be a multiple of num_key_value_heads (" + std::to_string(config.kvHeads) + ")");
  if (!fields.has("head_dim") && config.hiddenSize % config.heads != 0)
    fields.fail("hidden_size must be a multiple of num_attention_heads, or head_dim must be given");
  if (config.headDim % 2 != 0)
    fields.fail("the head dimension (" + std::to_string(config.headDim) + ") must be even for rotary embedding");
  checkArchitectures(fields, config);
  refuseUnknownKeys(fields, *json);
  if (Status status = fields.status(); !status)
    return status.error();

  if (!generationConfig.empty()) {
    std::string generationPath =
        path.substr(0, path.size() - std::string_view("config.json").size()) + "generation_config.json";
    Result<Json> generation = parseJson(generationConfig, generationPath);
    if (!generation)
      return generation.error();
    JsonFields generationFields(*generation, generationPath);
    if (generationFields.has("eos_token_id"))
      config.eos.clear();
    addIds(generationFields, "eos_token_id", config.eos);
    if (Status status = generationFields.status(); !status)
      return status.error();
  }
  for (int64_t id : config.eos)
    if (id >= config.vocabSize)
      return Error{path + ": the end-of-text id " + std::to_string(id) + " is no token of a vocabulary of " +
                   std::to_string(config.vocabSize)};
  if (config.bos && *config.bos >= config.vocabSize)
    return Error{path + ": bos_token_id " + std::to_string(*config.bos) + " is no token of a vocabulary of " +
                 std::to_string(config.vocabSize)};
  return config;
}

} // namespace tern
