//===- regex.h - Compiled patterns of a tokenizer -------------------------===//
#pragma once

#include "lib/base/result.h"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;

namespace tern {

/// Bytes begin .. end-1 of a text.
struct TextRange {
  size_t begin, end;
};

/// A regular expression in Oniguruma's syntax (regex_syntax.h says which part of it), matched by
/// PCRE2, just-in-time compiled where PCRE2 can. Threads may share it.
class Regex {
public:
  /// Errors, without a prefix, name the reason and the place: the offset where Tern refuses, where PCRE2 does what it
  /// has read.
  static Result<Regex> compile(std::string_view pattern);

  /// Appends the matches from left to right; `subject` must be well-formed UTF-8. After an empty
  /// match the search goes on one character later, and an empty match at the end of the match
  /// before it does not count. An error: a search that passes PCRE2's match limit (10 million
  /// steps) or 64 MB of memory.
  Status findAll(std::string_view subject, std::vector<TextRange> &matches) const;

private:
  struct Release {
    void operator()(pcre2_real_code_8 *code) const;
    void operator()(pcre2_real_match_context_8 *limits) const;
  };
  Regex() = default;
  std::unique_ptr<pcre2_real_code_8, Release> code;
  std::unique_ptr<pcre2_real_match_context_8, Release> limits;
};

} // namespace tern
