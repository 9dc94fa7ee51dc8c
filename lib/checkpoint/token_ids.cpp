//===- token_ids.cpp - The ids of tokens that begin and end texts -------------===//
#include "lib/checkpoint/token_ids.h"

#include <algorithm>

namespace tern {

static void addIds(JsonFields &fields, const char *key, std::vector<int64_t> &ids) {
  const Json *value = fields.find(key);
  if (!value)
    return;
  auto add = [&](const Json &id) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > uint64_t(INT32_MAX))
      return fields.fail("the field \"" + std::string(key) + "\" must be a token id or a list of token ids");
    if (std::ranges::find(ids, id.get<int64_t>()) == ids.end())
      ids.push_back(id.get<int64_t>());
  };
  if (!value->is_array())
    return add(*value);
  for (const Json &id : *value)
    add(id);
}

TokenIds readTokenIds(ConfigReader &config, int64_t vocabSize, const TokenDefaults &defaults) {
  constexpr const char *kBos = "bos_token_id", *kEos = "eos_token_id";
  TokenIds ids;
  if (config.has(kBos))
    ids.bos = config.integer(kBos, 0, INT32_MAX);
  else if (!config.contains(kBos) && defaults.bos < vocabSize)
    ids.bos = defaults.bos;
  addIds(config, kEos, ids.eos);
  if (!config.contains(kEos) && defaults.eos < vocabSize)
    ids.eos = {defaults.eos};
  if (!config.files.generation.is_null()) {
    JsonFields generation(config.files.generation, config.files.generationPath());
    if (generation.has(kEos))
      ids.eos.clear();
    addIds(generation, kEos, ids.eos);
    config.keep(generation.status());
  }
  std::string noToken = " is no token of a vocabulary of " + std::to_string(vocabSize);
  for (int64_t id : ids.eos)
    if (id >= vocabSize)
      config.fail("the end-of-text id " + std::to_string(id) + noToken);
  if (ids.bos && *ids.bos >= vocabSize)
    config.fail("bos_token_id " + std::to_string(*ids.bos) + noToken);
  return ids;
}

} // namespace tern
