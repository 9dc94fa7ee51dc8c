//===- gguf_config.h - What a GGUF file says of its model -------------------===//
#pragma once

#include "lib/checkpoint/gguf.h"
#include "lib/checkpoint/gguf_architectures.h"

#include <string>
#include <vector>

namespace tern {

/// A GGUF file's keys and tensor types, translated.
struct GgufModel {
  const GgufArchitecture *architecture = nullptr; ///< null where there is a problem with it
  std::string config;                             ///< what config.json would say: the keys of lib/checkpoint/config.h
  int64_t headRows = 0;                           ///< rows of q and k that are one head's
  /// Why the file cannot be compiled, a sentence each, without the file's name; then the rest may be made of defaults.
  /// They name the key or the tensor: one that is missing, of a wrong kind, or says what is not supported; one that is
  /// not known and may change what the model computes.
  std::vector<std::string> problems;
  /// What was taken for what, a sentence each, without the file's name.
  std::vector<std::string> notes;
};

/// Reads all keys but those of the tokenizer's text, and the names and types of all tensors.
GgufModel describeGgufModel(const GgufFile &file);

} // namespace tern
