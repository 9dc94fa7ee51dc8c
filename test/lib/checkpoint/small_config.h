//===- small_config.h - A config.json of a small model, to be changed ---------===//
#pragma once

#include "lib/checkpoint/config_reader.h"

#include <functional>

namespace tern::test {

inline Json smallConfig(const char *type) {
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

/// A config of the key "tern" instead of quantization_config.
inline Change withRules(const Change &change = {}) {
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

/// m/config.json as `change` leaves it, and m/generation_config.json of that text, if there is any.
inline Result<ConfigFiles> smallFiles(const char *type, const Change &change = {}, const char *generation = "") {
  Json config = smallConfig(type);
  if (change)
    change(config);
  return ConfigFiles::parse(config.dump(), generation, "m/config.json");
}

/// What `read(ConfigReader &)` makes of such files, or the reader's first error.
template <typename Read>
auto readSmall(const Result<ConfigFiles> &files, Read read) -> Result<decltype(read(std::declval<ConfigReader &>()))> {
  if (!files)
    return files.error();
  ConfigReader config(*files);
  auto result = read(config);
  if (Status status = config.status(); !status)
    return status.error();
  return result;
}

} // namespace tern::test
