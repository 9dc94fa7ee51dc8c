//===- gguf_config.cpp - What a GGUF file says of its model -----------------===//
#include "lib/checkpoint/gguf_config.h"

#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/checkpoint/gguf_keys.h"

#include <algorithm>
#include <map>

namespace tern {
namespace {

constexpr std::string_view kEmbedding = "token_embd.weight", kHead = "output.weight";

/// Tensors of types that do not serve, a sentence for each type.
class WrongTypes {
public:
  void add(const GgufTensor &tensor, const std::string &why) {
    auto [at, isNew] = found.try_emplace(tensor.type->name);
    if (isNew)
      at->second = {"tensor " + printable(tensor.name), " has type " + std::string(tensor.type->name) + why};
    ++at->second.count;
  }
  std::vector<std::string> problems() const {
    std::vector<std::string> texts;
    for (const auto &[type, entry] : found)
      texts.push_back(entry.first +
                      (entry.count > 1 ? " (and " + std::to_string(entry.count - 1) + " more)" : std::string()) +
                      entry.text);
    return texts;
  }

private:
  struct Entry {
    std::string first, text;
    int count = 0;
  };
  std::map<std::string_view, Entry> found;
};

/// The text of config.json, key by key.
class ConfigWriter {
public:
  ConfigWriter(const GgufFile &file, const GgufArchitecture &architecture)
      : file(file), architecture(architecture), keys(file, architecture.name) {}

  GgufModel write() {
    json["model_type"] = architecture.modelType;
    json["architectures"] = Json::array({architecture.modelClass});
    json["hidden_act"] = architecture.hiddenAct;
    keys.refuseOtherKinds();
    writeSizes();
    writeRope();
    writeTokens();
    writeTensors();
    writeQuantization();
    keys.refuseUnknown();
    return GgufModel{&architecture, jsonText(json), headRows, keys.problems(), std::move(notes)};
  }

private:
  const GgufTensor *tensor(std::string_view name) const {
    auto at = std::ranges::find(file.contents().tensors, name, &GgufTensor::name);
    return at == file.contents().tensors.end() ? nullptr : &*at;
  }

  void writeSizes() {
    int64_t hidden = keys.integer("embedding_length"),
            heads = std::max<int64_t>(1, keys.integer("attention.head_count"));
    json["hidden_size"] = hidden;
    json["intermediate_size"] = keys.integer("feed_forward_length");
    json["num_hidden_layers"] = keys.integer("block_count");
    json["num_attention_heads"] = heads;
    json["num_key_value_heads"] = keys.integer("attention.head_count_kv", heads);
    json["max_position_embeddings"] = keys.integer("context_length");
    json["rms_norm_eps"] = keys.number("attention.layer_norm_rms_epsilon");
    headRows = keys.integer("attention.key_length", hidden / heads);
    json["head_dim"] = headRows;
    if (keys.integer("attention.value_length", headRows) != headRows)
      keys.fail("attention.value_length", "values as wide as keys, " + std::to_string(headRows));
    const GgufTensor *embedding = tensor(kEmbedding);
    if (!embedding || embedding->shape.size() != 2)
      return keys.fail("has no matrix " + std::string(kEmbedding));
    vocabulary = embedding->shape[0];
    json["vocab_size"] = vocabulary;
    if (keys.integer("vocab_size", vocabulary) != vocabulary)
      keys.fail("vocab_size", "the rows of " + std::string(kEmbedding) + ", " + std::to_string(vocabulary));
  }

  void writeRope() {
    if (keys.integer("rope.dimension_count", headRows) != headRows)
      keys.fail("rope.dimension_count", "the whole head turned, " + std::to_string(headRows));
    json["rope_theta"] = keys.number("rope.freq_base", 10000);
    std::string type = keys.string("rope.scaling.type", "none");
    double factor = keys.number("rope.scaling.factor", keys.number("rope.scale_linear", 1));
    if (type == "none" && factor != 1)
      type = "linear"; // files from before rope.scaling.type
    if (type == "none")
      return;
    if (type != "linear")
      keys.fail("rope.scaling.type", "none, linear");
    json["rope_scaling"] = {{"rope_type", type}, {"factor", factor}};
  }

  void writeTokens() {
    json["bos_token_id"] = json["eos_token_id"] = nullptr;
    if (std::optional<int64_t> bos = keys.token("bos_token_id", vocabulary))
      json["bos_token_id"] = *bos;
    Json ends = Json::array();
    auto add = [&](std::optional<int64_t> id) {
      if (id && std::ranges::find(ends, Json(*id)) == ends.end())
        ends.push_back(*id);
      return id.has_value();
    };
    add(keys.token("eos_token_id", vocabulary));
    if (!add(keys.token("eot_token_id", vocabulary)))
      add(endOfTurnByText());
    add(keys.token("eom_token_id", vocabulary));
    if (!ends.empty())
      json["eos_token_id"] = ends;
    const GgufValue *tokens = file.find("tokenizer.ggml.tokens");
    if (tokens && tokens->count > uint64_t(vocabulary))
      keys.fail("has " + std::to_string(tokens->count) + " tokens, but an embedding of " + std::to_string(vocabulary) +
                " rows; add rows to " + std::string(kEmbedding));
  }

  /// As llama.cpp finds it where no key names it.
  std::optional<int64_t> endOfTurnByText() const {
    const GgufValue *tokens = file.find("tokenizer.ggml.tokens");
    if (tokens)
      for (std::string_view text : {"<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>"})
        if (auto at = std::ranges::find(tokens->strings, text); at != tokens->strings.end())
          if (int64_t id = at - tokens->strings.begin(); id < vocabulary)
            return id;
    return std::nullopt;
  }

  void writeTensors() {
    json["tie_word_embeddings"] = tensor(kHead) == nullptr;
    bool attentionBias = false, feedForwardBias = false;
    for (const GgufTensor &each : file.contents().tensors) {
      std::string what = "tensor " + printable(each.name);
      if (!hubTensorName(architecture, each.name))
        keys.fail(what + " is none that architecture " + std::string(architecture.name) +
                  " is known to have; it may change what the model computes");
      if (each.type->form == GgufForm::Refused)
        wrongTypes.add(each, ", which is not read; these are: " + ggufTypeNames());
      attentionBias |= each.name.ends_with(".bias") && each.name.find(".attn_") != each.name.npos;
      feedForwardBias |= each.name.ends_with(".bias") && each.name.find(".ffn_") != each.name.npos;
    }
    json["attention_bias"] = attentionBias;
    json["mlp_bias"] = feedForwardBias;
  }

  /// Whether it is the matrix of a linear layer, and not the embedding or the output head.
  static bool isLinear(const GgufTensor &tensor) { return tensor.shape.size() == 2 && tensor.name.starts_with("blk."); }
  static bool isTernary(const GgufTensor &tensor) { return !tensor.type->storage.empty(); }

  void writeQuantization() {
    std::map<std::string_view, int> types;
    bool hasI2s = false;
    for (const GgufTensor &each : file.contents().tensors) {
      ++types[each.type->name];
      hasI2s |= each.type->tail > 0;
      // Floats may be masters or trits times scales; which of them would have to be guessed.
      if (architecture.codesOfActivations && isLinear(each) && !isTernary(each) && each.type->form != GgufForm::Refused)
        wrongTypes.add(each, ", but linear layers of architecture " + std::string(architecture.name) +
                                 " are supported in ternary types only: TQ1_0, TQ2_0, I2_S");
    }
    for (const std::string &problem : wrongTypes.problems())
      keys.fail(problem);
    if (architecture.name == "bitnet") {
      json["weight_bits"] = 1;
      json["input_bits"] = 8;
    } else if (architecture.codesOfActivations || hasI2s) {
      Json dense = Json::array({"lm_head"});
      for (const GgufTensor &each : file.contents().tensors)
        if (isLinear(each) && !isTernary(each))
          if (std::optional<std::string> name = hubTensorName(architecture, each.name))
            dense.push_back(name->substr(0, name->rfind('.')));
      json["quantization_config"] = {{"quant_method", "bitnet"},
                                     {"linear_class", "autobitlinear"},
                                     {"quantization_mode", "offline"},
                                     {"modules_to_not_convert", dense}};
    }
    std::string text;
    for (const auto &[name, count] : types)
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " x " + std::string(name);
    notes.push_back("architecture " + std::string(architecture.name) + ", tensors: " + text);
    if (hasI2s)
      noteI2s();
  }

  void noteI2s() {
    bool x86 = std::ranges::any_of(file.contents().tensors, [](const GgufTensor &each) {
      return each.type->tail > 0 && each.type->elements == 128;
    });
    notes.push_back(std::string("I2_S is read in blocks of ") + (x86 ? "128, as x86" : "64, as aarch64") +
                    " builds of bitnet.cpp write them; the file does not say which, and " +
                    (x86 ? "--gguf-i2s=aarch64" : "--gguf-i2s=x86") + " reads the others");
  }

  const GgufFile &file;
  const GgufArchitecture &architecture;
  GgufKeys keys;
  Json json = Json::object();
  WrongTypes wrongTypes;
  int64_t headRows = 0, vocabulary = 0;
  std::vector<std::string> notes;
};

} // namespace

GgufModel describeGgufModel(const GgufFile &file) {
  GgufModel none;
  const GgufValue *name = file.find("general.architecture");
  std::optional<std::string_view> text = name && !name->isArray ? name->string() : std::nullopt;
  const GgufArchitecture *architecture = text ? findGgufArchitecture(*text) : nullptr;
  if (architecture)
    return ConfigWriter(file, *architecture).write();
  none.problems.push_back(text ? "general.architecture is " + quote(*text) +
                                     ", which is not supported; these are: " + ggufArchitectureNames()
                               : "has no general.architecture");
  return none;
}

} // namespace tern
