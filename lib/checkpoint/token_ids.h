//===- token_ids.h - The ids of tokens that begin and end texts ---------------===//
#pragma once

#include "lib/checkpoint/config_reader.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tern {

struct TokenIds {
  std::optional<int64_t> bos;
  /// generation_config.json's where it has any, as transformers' generate; else config.json's.
  std::vector<int64_t> eos;
};

/// What a configuration class of transformers has where config.json is silent; a small vocabulary has no such tokens.
struct TokenDefaults {
  int64_t bos = INT64_MAX, eos = INT64_MAX; ///< no default
};

/// Reads bos_token_id and eos_token_id. An id that is no token of a vocabulary of `vocabSize` is an error of `config`,
/// as is what generation_config.json says wrong.
TokenIds readTokenIds(ConfigReader &config, int64_t vocabSize, const TokenDefaults &defaults);

} // namespace tern
