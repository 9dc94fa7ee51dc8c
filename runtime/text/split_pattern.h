//===- split_pattern.h - Cutting a piece of text at a pattern -------------===//
#pragma once

#include "runtime/text/regex.h"

#include <string>
#include <variant>

namespace tern {

/// Characters of Unicode's general categories N (Digits), or P and ASCII punctuation (Punctuation).
enum class CharacterClass { Digits, Punctuation };

/// What becomes of the matches of a pattern; the names are those of tokenizer.json.
enum class SplitBehavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// One rule that cuts pieces of text, after the Split pre-tokeniser of Hugging Face tokenizers.
struct SplitRule {
  /// A regular expression; a literal text, not empty; or single characters.
  std::variant<Regex, std::string, CharacterClass> pattern;
  SplitBehavior behavior;
  bool invert = false; ///< the matches and what is between them swap roles

  /// Cuts `piece` of the well-formed UTF-8 `text` and appends the parts; empty parts are left out.
  Status cut(std::string_view text, TextRange piece, std::vector<TextRange> &parts) const;
};

} // namespace tern
