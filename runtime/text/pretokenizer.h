//===- pretokenizer.h - Cutting text into the pieces that BPE merges ------===//
#pragma once

#include "lib/base/json.h"
#include "runtime/text/split_pattern.h"

#include <string>
#include <variant>
#include <vector>

namespace tern {

/// A text cut into pieces. A pre-tokeniser may add blanks, hence its own text.
struct TextPieces {
  std::string text;
  std::vector<TextRange> ranges; ///< in order; none is empty

  std::string_view piece(TextRange range) const {
    return std::string_view(text).substr(range.begin, range.end - range.begin);
  }
};

/// "pre_tokenizer" of a tokenizer.json: ByteLevel, Split, Digits, Punctuation and Sequences of
/// them, with exactly one ByteLevel.
class PreTokenizer {
public:
  /// `pretokenizer` may be null (absent), which is an error as there is no ByteLevel. Errors begin
  /// with `name` and name an unsupported type, or a pattern and what is wrong with it.
  static Result<PreTokenizer> fromJson(const Json *pretokenizer, const std::string &name);

  /// Cuts well-formed UTF-8. The pieces are text, not its spelling in the byte alphabet.
  Result<TextPieces> split(std::string_view text) const;

private:
  /// Puts a blank before each piece that begins with none.
  struct AddPrefixBlank {};
  /// Spells the text in the byte alphabet, which the rules behind ByteLevel see.
  struct SpellBytes {};
  using Step = std::variant<SplitRule, AddPrefixBlank, SpellBytes>;

  Status read(const Json &pretokenizer, const std::string &name);
  Status readByteLevel(const JsonFields &fields, const std::string &name);

  std::vector<Step> steps;
  bool spellsBytes = false;
};

} // namespace tern
