//===- split_pattern.cpp - Cutting a piece of text at a pattern -----------===//
#include "runtime/text/split_pattern.h"
#include "runtime/text/utf8.h"

#include <utf8proc.h>

#include <algorithm>

namespace tern {

namespace {

struct Part {
  TextRange range;
  bool isMatch;
};

bool contains(CharacterClass characters, char32_t codePoint) {
  utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(codePoint));
  if (characters == CharacterClass::Digits)
    return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
  bool asciiSymbol = codePoint < 0x80 && category >= UTF8PROC_CATEGORY_SM && category <= UTF8PROC_CATEGORY_SO;
  return asciiSymbol || (category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO);
}

void findLiteral(std::string_view text, std::string_view literal, std::vector<TextRange> &matches) {
  for (size_t at = text.find(literal); at != text.npos; at = text.find(literal, at + literal.size()))
    matches.push_back({at, at + literal.size()});
}

void findCharacters(std::string_view text, CharacterClass characters, std::vector<TextRange> &matches) {
  for (size_t at = 0; at < text.size();) {
    Utf8Unit unit = firstUtf8Unit(text.substr(at));
    if (contains(characters, unit.codePoint))
      matches.push_back({at, at + unit.length});
    at += unit.length;
  }
}

/// Joins each match to the part before it, unless that is a match itself; with the parts in reverse
/// order, to the part after it.
void mergeMatches(std::vector<Part> &parts, bool reverse) {
  std::vector<Part> merged;
  bool lastWasMatch = false;
  for (const Part &part : parts) {
    if (part.isMatch && !lastWasMatch && !merged.empty())
      (reverse ? merged.back().range.begin : merged.back().range.end) = reverse ? part.range.begin : part.range.end;
    else
      merged.push_back(part);
    lastWasMatch = part.isMatch;
  }
  parts = std::move(merged);
}

void mergeRuns(std::vector<Part> &parts) {
  std::vector<Part> merged;
  for (const Part &part : parts)
    if (!merged.empty() && merged.back().isMatch == part.isMatch)
      merged.back().range.end = part.range.end;
    else
      merged.push_back(part);
  parts = std::move(merged);
}

} // namespace

Status SplitRule::cut(std::string_view text, TextRange piece, std::vector<TextRange> &result) const {
  std::string_view subject = text.substr(piece.begin, piece.end - piece.begin);
  std::vector<TextRange> matches;
  if (const Regex *regex = std::get_if<Regex>(&pattern)) {
    if (Status found = regex->findAll(subject, matches); !found)
      return found;
  } else if (const std::string *literal = std::get_if<std::string>(&pattern)) {
    findLiteral(subject, *literal, matches);
  } else {
    findCharacters(subject, std::get<CharacterClass>(pattern), matches);
  }

  std::vector<Part> parts;
  size_t last = 0;
  for (TextRange match : matches) {
    if (last != match.begin)
      parts.push_back({{last, match.begin}, invert});
    parts.push_back({match, !invert});
    last = match.end;
  }
  if (last != subject.size())
    parts.push_back({{last, subject.size()}, invert});

  switch (behavior) {
  case SplitBehavior::Removed:
    std::erase_if(parts, [](const Part &part) { return part.isMatch; });
    break;
  case SplitBehavior::Isolated:
    break;
  case SplitBehavior::MergedWithPrevious:
    mergeMatches(parts, false);
    break;
  case SplitBehavior::MergedWithNext:
    std::ranges::reverse(parts);
    mergeMatches(parts, true);
    std::ranges::reverse(parts);
    break;
  case SplitBehavior::Contiguous:
    mergeRuns(parts);
    break;
  }
  for (const Part &part : parts)
    if (part.range.begin < part.range.end)
      result.push_back({piece.begin + part.range.begin, piece.begin + part.range.end});
  return {};
}

} // namespace tern
