//===- bpe.h - Byte-pair encoding -----------------------------------------===//
#pragma once

#include "lib/base/json.h"
#include "runtime/text/vocabulary.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tern {

/// The model of a tokenizer.json of type BPE: a piece of text starts as one symbol per byte; of all
/// adjacent pairs that have a merge, the one of lowest rank (leftmost among equals) becomes one
/// symbol, until none is left.
class Bpe {
public:
  /// Reads "model". Errors begin with `name` and name the field: a type other than BPE; what
  /// byte-level models do not use (dropout, byte_fallback, continuing_subword_prefix,
  /// end_of_word_suffix); wrong types; doubled ids; a merge of tokens that the vocabulary lacks.
  static Result<Bpe> fromJson(const Json &model, const std::string &name);

  /// Appends the ids of one piece; `piece` is text, not its spelling. A byte that the vocabulary
  /// lacks becomes the unknown token, or nothing where the model has none, as in Hugging Face
  /// tokenizers. O(n log n) in the length of the piece.
  void encode(std::string_view piece, std::vector<int32_t> &ids) const;

  const Vocabulary &vocabulary() const { return tokens; }

private:
  struct Merge {
    int32_t rank;
    int32_t result;
  };
  Status readVocabulary(const Json &model, const std::string &name);
  Status readMerges(const Json &model, const std::string &name);
  const Merge *mergeOf(int32_t left, int32_t right) const;
  std::vector<int32_t> firstSymbols(std::string_view piece) const;

  Vocabulary tokens;
  std::unordered_map<uint64_t, Merge> merges; ///< key: left id << 32 | right id
  std::array<int32_t, 256> idOfByte{};        ///< -1: no such token
  int32_t unknownId = -1;                     ///< -1: unknown bytes are dropped
  bool fuseUnknown = false;                   ///< a run of unknown bytes is one token
  bool ignoreMerges = false;                  ///< a piece that is a token is that token
};

} // namespace tern
