//===- added_tokens.h - Tokens that are matched in the text itself --------===//
#pragma once

#include "lib/base/json.h"
#include "runtime/text/normalizer.h"
#include "runtime/text/regex.h"
#include "runtime/text/vocabulary.h"

#include <bitset>
#include <vector>

namespace tern {

/// A part of a text: an added token, or text between two of them.
struct TextSegment {
  int32_t id; ///< -1: text
  TextRange range;
};

/// "added_tokens" of a tokenizer.json, found before pre-tokenising: of all tokens that match at the
/// leftmost place the longest one. Tokens with "normalized" are looked for in the normalised text.
class AddedTokens {
public:
  /// `list` may be null (absent). `model` holds the tokens of the model: an added token that is one
  /// of them must have its id, any other an id that no token of the model has. Errors begin with
  /// `name`.
  static Result<AddedTokens> fromJson(const Json *list, const Vocabulary &model, const Normalizer &normalizer,
                                      const std::string &name);

  /// Which texts to look for: those of tokens with "normalized" false, or true.
  enum Pass { Raw, Normalized };
  /// Cuts `text` at the tokens, without `special` only at those that are not marked special; the segments are in order.
  void split(std::string_view text, Pass pass, bool special, std::vector<TextSegment> &segments) const;

  bool isSpecial(int32_t id) const;
  std::optional<int32_t> idOf(std::string_view content) const;
  /// What the token decodes to; null when it is not an added one.
  const std::string *bytesOf(int32_t id) const;
  /// One past the highest id; 0 without tokens.
  int32_t size() const { return end; }

private:
  struct Token {
    std::string content, bytes;
    int32_t id;
    bool special, singleWord, lstrip, rstrip, normalized;
  };
  struct Pattern {
    std::string text;
    size_t token; ///< index into tokens
  };
  Status add(const Json &entry, const Vocabulary &model, const std::string &name);
  const Token *longestAt(std::string_view text, size_t at, Pass pass, bool special, size_t &length) const;

  std::vector<Token> tokens;
  std::vector<Pattern> patterns[2]; ///< by Pass; sorted by text
  std::bitset<256> firstBytes[2];   ///< of the patterns
  std::unordered_map<int32_t, size_t> indexOfId;
  IdOfString idOfContent;
  int32_t end = 0;
};

} // namespace tern
