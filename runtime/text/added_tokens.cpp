//===- added_tokens.cpp - Tokens that are matched in the text itself ------===//
#include "runtime/text/added_tokens.h"
#include "lib/base/text.h"
#include "runtime/text/utf8.h"

#include <utf8proc.h>

#include <algorithm>

namespace tern {

namespace {

/// Unicode's property White_Space.
bool isWhiteSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/// A word character of Unicode Technical Standard 18, annex C: letters, marks, decimal and letter
/// numbers, connector punctuation, joiners, and the enclosed letters that are Alphabetic though
/// symbols.
bool isWordCharacter(char32_t c) {
  utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  bool enclosedLetter = (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
                        (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NL) || category == UTF8PROC_CATEGORY_PC ||
         c == 0x200C || c == 0x200D || enclosedLetter;
}

/// The character that ends at `at` > 0 of well-formed UTF-8, and where it begins.
char32_t characterBefore(std::string_view text, size_t at, size_t &begin) {
  begin = at - 1;
  while (begin > 0 && (text[begin] & 0xC0) == 0x80)
    --begin;
  return firstUtf8Unit(text.substr(begin)).codePoint;
}

bool standsAlone(std::string_view text, TextRange range) {
  size_t begin;
  if (range.begin > 0 && isWordCharacter(characterBefore(text, range.begin, begin)))
    return false;
  return range.end == text.size() || !isWordCharacter(firstUtf8Unit(text.substr(range.end)).codePoint);
}

size_t skipSpaceBefore(std::string_view text, size_t at, size_t limit) {
  for (size_t begin; at > limit && isWhiteSpace(characterBefore(text, at, begin));)
    at = begin;
  return at;
}

size_t skipSpaceAfter(std::string_view text, size_t at) {
  while (at < text.size()) {
    Utf8Unit unit = firstUtf8Unit(text.substr(at));
    if (!isWhiteSpace(unit.codePoint))
      break;
    at += unit.length;
  }
  return at;
}

} // namespace

Status AddedTokens::add(const Json &entry, const Vocabulary &model, const std::string &name) {
  JsonFields fields(entry, name);
  Token token;
  token.content = fields.string("content");
  token.id = static_cast<int32_t>(fields.integer("id", 0, kTokenIdLimit - 1));
  token.special = fields.boolean("special", false);
  token.singleWord = fields.boolean("single_word", false);
  token.lstrip = fields.boolean("lstrip", false);
  token.rstrip = fields.boolean("rstrip", false);
  token.normalized = fields.boolean("normalized", !token.special);
  if (Status status = fields.status(); !status)
    return status;
  if (token.content.empty()) // matches nothing
    return {};

  std::optional<int32_t> known = model.idOf(token.content);
  if (known ? *known != token.id : model.bytesOf(token.id) != nullptr)
    return Error{name + ": the token " + quote(token.content) + " has the id " + std::to_string(token.id) +
                 ", the model's vocab says otherwise"};
  if (!indexOfId.emplace(token.id, tokens.size()).second)
    return Error{name + ": two tokens have the id " + std::to_string(token.id)};
  if (!idOfContent.emplace(token.content, token.id).second)
    return Error{name + ": the token " + quote(token.content) + " is there twice"};
  token.bytes = bytesOfToken(token.content);
  end = std::max(end, token.id + 1);
  tokens.push_back(std::move(token));
  return {};
}

Result<AddedTokens> AddedTokens::fromJson(const Json *list, const Vocabulary &model, const Normalizer &normalizer,
                                          const std::string &name) {
  AddedTokens result;
  if (!list)
    return result;
  if (!list->is_array())
    return Error{name + ": must be an array"};
  for (const Json &entry : *list)
    if (Status status = result.add(entry, model, name); !status)
      return status.error();

  for (size_t i = 0; i < result.tokens.size(); ++i) {
    const Token &token = result.tokens[i];
    if (!token.normalized) {
      result.patterns[Raw].push_back({token.content, i});
      continue;
    }
    Result<std::string> content = normalizer.apply(token.content);
    if (!content)
      return Error{name + ": " + content.error().message};
    result.patterns[Normalized].push_back({std::move(*content), i});
  }
  for (std::vector<Pattern> &sorted : result.patterns)
    std::ranges::sort(sorted, {},
                      [](const Pattern &pattern) { return std::pair(std::string_view(pattern.text), pattern.token); });
  for (Pass pass : {Raw, Normalized})
    for (const Pattern &pattern : result.patterns[pass])
      result.firstBytes[pass].set(static_cast<uint8_t>(pattern.text[0]));
  return result;
}

/// Narrows the sorted patterns to those that begin as the text does, one byte after the other.
const AddedTokens::Token *AddedTokens::longestAt(std::string_view text, size_t at, Pass pass, bool special,
                                                 size_t &length) const {
  const Token *longest = nullptr;
  auto first = patterns[pass].begin(), last = patterns[pass].end();
  for (size_t depth = 0; at + depth < text.size() && first != last; ++depth) {
    // Patterns that end here sort before their extensions and have been seen.
    auto byteAt = [depth](const Pattern &pattern) {
      return pattern.text.size() <= depth ? -1 : static_cast<uint8_t>(pattern.text[depth]);
    };
    int byte = static_cast<uint8_t>(text[at + depth]);
    first = std::ranges::lower_bound(first, last, byte, {}, byteAt);
    last = std::ranges::upper_bound(first, last, byte, {}, byteAt);
    if (first != last && first->text.size() == depth + 1 && (special || !tokens[first->token].special)) {
      longest = &tokens[first->token];
      length = depth + 1;
    }
  }
  return longest;
}

void AddedTokens::split(std::string_view text, Pass pass, bool special, std::vector<TextSegment> &segments) const {
  size_t textBegin = 0; // of the text since the last token
  for (size_t at = 0; at < text.size();) {
    size_t length = 0;
    bool mayBegin = firstBytes[pass][static_cast<uint8_t>(text[at])];
    const Token *token = mayBegin ? longestAt(text, at, pass, special, length) : nullptr;
    if (!token) {
      ++at;
      continue;
    }
    TextRange match{at, at + length};
    at = match.end;
    if (token->singleWord && !standsAlone(text, match))
      continue;
    if (token->lstrip)
      match.begin = skipSpaceBefore(text, match.begin, textBegin);
    if (token->rstrip)
      match.end = skipSpaceAfter(text, match.end);
    if (textBegin < match.begin)
      segments.push_back({-1, {textBegin, match.begin}});
    segments.push_back({token->id, match});
    textBegin = match.end;
  }
  if (textBegin < text.size())
    segments.push_back({-1, {textBegin, text.size()}});
}

bool AddedTokens::isSpecial(int32_t id) const {
  auto at = indexOfId.find(id);
  return at != indexOfId.end() && tokens[at->second].special;
}

std::optional<int32_t> AddedTokens::idOf(std::string_view content) const {
  auto at = idOfContent.find(content);
  return at == idOfContent.end() ? std::nullopt : std::optional(at->second);
}

const std::string *AddedTokens::bytesOf(int32_t id) const {
  auto at = indexOfId.find(id);
  return at == indexOfId.end() ? nullptr : &tokens[at->second].bytes;
}

} // namespace tern
