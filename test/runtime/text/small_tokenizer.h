//===- small_tokenizer.h - A tokenizer.json to vary in tests --------------===//
#pragma once

#include "runtime/text/byte_level.h"
#include "runtime/text/tokenizer.h"

#include <gtest/gtest.h>

namespace tern {

/// A byte as tokenizer.json spells it.
inline std::string spelling(std::string_view bytes) {
  std::string text;
  appendByteLevel(text, bytes);
  return text;
}

/// All 256 bytes with their value as id; no merges, no added tokens; ByteLevel without its pattern.
inline Json smallTokenizer() {
  Json vocabulary = Json::object();
  for (int byte = 0; byte < 256; ++byte)
    vocabulary[spelling(std::string(1, static_cast<char>(byte)))] = byte;
  return {{"version", "1.0"},
          {"added_tokens", Json::array()},
          {"normalizer", nullptr},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}},
          {"post_processor", nullptr},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", Json::array()}}}};
}

/// Adds the merge of two tokens (text, not spelling) and its token, with the next id.
inline void addMerge(Json &tokenizer, std::string_view left, std::string_view right) {
  Json &model = tokenizer["model"];
  std::string joined = spelling(left) + spelling(right);
  if (!model["vocab"].contains(joined))
    model["vocab"][joined] = model["vocab"].size();
  model["merges"].push_back({spelling(left), spelling(right)});
}

inline Json addedToken(int id, const std::string &content) {
  return {{"id", id},        {"content", content}, {"special", false},   {"single_word", false},
          {"lstrip", false}, {"rstrip", false},    {"normalized", false}};
}

/// The tokenizer, or a test failure and nothing.
inline std::optional<Tokenizer> load(const Json &json) {
  Result<Tokenizer> tokenizer = Tokenizer::fromJson(json.dump(), "t.json");
  if (!tokenizer) {
    ADD_FAILURE() << tokenizer.error().message;
    return std::nullopt;
  }
  return std::move(*tokenizer);
}

/// The ids, or a test failure and none.
inline std::vector<int32_t> idsOf(const Tokenizer &tokenizer, std::string_view text, bool addSpecialTokens = false) {
  Result<std::vector<int32_t>> ids = tokenizer.encode(text, addSpecialTokens);
  if (!ids) {
    ADD_FAILURE() << ids.error().message;
    return {};
  }
  return *ids;
}

/// The tokens of a text, as text.
inline std::vector<std::string> tokensOf(const Tokenizer &tokenizer, std::string_view text) {
  std::vector<std::string> tokens;
  for (int32_t id : idsOf(tokenizer, text))
    tokens.emplace_back(tokenizer.decode(id));
  return tokens;
}

} // namespace tern
