//===- gguf_config.h - What a GGUF file says of its model -------------------===//
#pragma once

#include "lib/checkpoint/gguf.h"
#include "lib/checkpoint/gguf_architectures.h"

#include <string>
#include <vector>

namespace tern {

/// A GGUF file's keys and tensor types, translated.
struct GgufModel {
  const GgufArchitecture *architecture;
  std::string config; ///< what config.json would say: the keys of lib/checkpoint/config.h
  int64_t headRows;   ///< rows of q and k that are one head's
  /// What was taken for what, a sentence each, without the file's name.
  std::vector<std::string> notes;
};

/// Reads all keys but those of the tokenizer's text. Errors name the key: one that is missing, of a wrong kind, or says
/// what is not supported; one that is not known and may change what the model computes.
Result<GgufModel> describeGgufModel(const GgufFile &file);

} // namespace tern
