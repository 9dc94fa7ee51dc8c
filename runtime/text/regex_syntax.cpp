//===- regex_syntax.cpp - Oniguruma's pattern syntax in PCRE2's -----------===//
#define PCRE2_CODE_UNIT_WIDTH 8
#include "runtime/text/regex_syntax.h"
#include "runtime/text/utf8.h"

#include <pcre2.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <vector>

namespace tern {

namespace {

constexpr std::string_view kWord = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc})";
/// Outside of classes Oniguruma looks characters below U+0100 up in a table of its own, which has six numbers more.
constexpr std::string_view kWordAlone = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\xB2\xB3\xB9\xBC-\xBE)";
constexpr std::string_view kHexDigits = "0-9A-Fa-f";

/// POSIX's names of sets of characters, for [:name:] and for the \p{Name} that PCRE2 does not know. Only \p{Punct} is
/// another set, P, and \p{Word} outside of a class, \w.
struct PosixSet {
  std::string_view name;
  std::string_view members;  ///< of a class
  std::string_view negation; ///< the others as members of a class; empty where that takes a class of their own
};
constexpr PosixSet kPosixSets[] = {
    {"space", R"(\p{White_Space})", R"(\P{White_Space})"},
    {"alpha", R"(\p{Alphabetic})", R"(\P{Alphabetic})"},
    {"digit", R"(\p{Nd})", R"(\P{Nd})"},
    {"upper", R"(\p{Uppercase})", R"(\P{Uppercase})"},
    {"lower", R"(\p{Lowercase})", R"(\P{Lowercase})"},
    {"alnum", R"(\p{Alphabetic}\p{Nd})", ""},
    {"word", kWord, ""},
    {"punct", R"(\p{P}\p{S})", ""},
    {"xdigit", kHexDigits, ""},
};

const PosixSet *posixSet(std::string_view name) {
  auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  auto at =
      std::ranges::find_if(kPosixSets, [&](const PosixSet &set) { return std::ranges::equal(name, set.name, same); });
  return at == std::end(kPosixSets) ? nullptr : &*at;
}

/// Whether PCRE2 knows a script of that name. \p{Han} is Script_Extensions to it, which has punctuation too.
bool isScript(std::string_view name) {
  std::string pattern = R"(\p{sc:)" + std::string(name) + "}";
  int failure;
  PCRE2_SIZE offset;
  std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF, &failure, &offset,
                    nullptr),
      pcre2_code_free);
  return code != nullptr;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isHexDigit(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string concat(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (std::string_view part : parts)
    all += part;
  return all;
}

/// One pass over the pattern; `out` grows, `error` ends it.
class Translator {
public:
  explicit Translator(std::string_view pattern) : pattern(pattern) {}
  Result<std::string> run();

private:
  bool atEnd() const { return at >= pattern.size(); }
  bool starts(std::string_view text) const { return pattern.substr(at).starts_with(text); }
  char peek() const { return pattern[at]; }

  void refuse(std::string_view construct) {
    if (error.empty())
      error = concat({construct, " at offset ", std::to_string(at), " is not supported"});
  }
  void emitAtom(std::string_view text, size_t consumed) {
    atom = out.size();
    out += text;
    at += consumed;
  }
  void emitPlain(std::string_view text, size_t consumed) {
    atom.reset();
    out += text;
    at += consumed;
  }

  std::optional<std::string> commonEscape(size_t &length, bool inClass);
  static std::optional<std::string> property(std::string_view name, bool negated, bool inClass);
  void escape();
  void classEscape();
  void posixBracket();
  void characterClass();
  void openGroup();
  void options();
  void closeGroup();
  void quantifier();
  void interval();

  struct Group {
    size_t start;         ///< in `out`
    int optionGroups = 0; ///< (?i: groups to close with it
  };

  std::string_view pattern;
  size_t at = 0;
  std::string out;
  std::string error;
  std::optional<size_t> atom; ///< where in `out` the last repeatable item begins
  std::vector<Group> groups{{0}};
};

/// \p{name} or \P{name}; none: what cannot be a member of a class.
std::optional<std::string> Translator::property(std::string_view name, bool negated, bool inClass) {
  if (name.starts_with('^')) {
    negated = !negated;
    name.remove_prefix(1);
  }
  const PosixSet *set = posixSet(name);
  if (set && set->name == "punct") {
    set = nullptr;
    name = "P";
  }
  if (set) {
    if (!inClass)
      return concat({negated ? "[^" : "[", set->name == "word" ? kWordAlone : set->members, "]"});
    std::string_view text = negated ? set->negation : set->members;
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
  }
  return concat({negated ? R"(\P{)" : R"(\p{)", isScript(name) ? "sc:" : "", name, "}"});
}

/// An escape that means the same inside and outside of a class; none: another one. `length` of its
/// text in the pattern.
std::optional<std::string> Translator::commonEscape(size_t &length, bool inClass) {
  char kind = pattern[at + 1];
  length = 2;
  switch (kind) {
  case 's':
    return R"(\p{White_Space})";
  case 'S':
    return R"(\P{White_Space})";
  case 'v':
    return R"(\x0B)";
  case 'd':
  case 'D':
  case 'n':
  case 'r':
  case 't':
  case 'f':
  case 'a':
  case 'e':
    return std::string(pattern.substr(at, 2));
  case 'p':
  case 'P': {
    size_t close = pattern.find('}', at);
    if (at + 2 >= pattern.size() || pattern[at + 2] != '{' || close == pattern.npos)
      return std::nullopt;
    length = close + 1 - at;
    return property(pattern.substr(at + 3, close - at - 3), kind == 'P', inClass);
  }
  case 'u':
  case 'x': {
    size_t digits = at + 2;
    bool braces = kind == 'x' && digits < pattern.size() && pattern[digits] == '{';
    size_t most = braces ? 8 : kind == 'u' ? 4 : 2;
    size_t first = digits + braces, end = first;
    while (end < pattern.size() && end - first < most && isHexDigit(pattern[end]))
      ++end;
    bool closed = !braces || (end < pattern.size() && pattern[end] == '}');
    // A two-digit \x past 7F is a byte of a sequence, not a code point.
    bool rawByte = kind == 'x' && !braces && end - first == 2 && pattern[first] >= '8';
    if (end == first || !closed || rawByte || (kind == 'u' && end - first != 4))
      return std::nullopt;
    length = end + braces - at;
    return concat({R"(\x{)", pattern.substr(first, end - first), "}"});
  }
  default:
    if (isLetter(kind) || isDigit(kind) || static_cast<uint8_t>(kind) >= 0x80)
      return std::nullopt;
    return std::string(pattern.substr(at, 2));
  }
}

void Translator::escape() {
  if (at + 1 >= pattern.size())
    return refuse("the final \\");
  size_t length;
  if (std::optional<std::string> same = commonEscape(length, /*inClass=*/false))
    return emitAtom(*same, length);
  char kind = pattern[at + 1];
  switch (kind) {
  case 'w':
    return emitAtom(concat({"[", kWordAlone, "]"}), 2);
  case 'W':
    return emitAtom(concat({"[^", kWordAlone, "]"}), 2);
  case 'h':
    return emitAtom(concat({"[", kHexDigits, "]"}), 2);
  case 'H':
    return emitAtom(concat({"[^", kHexDigits, "]"}), 2);
  case 'b':
  case 'B': {
    std::string before = concat({"(?<=[", kWordAlone, "])"}), notBefore = concat({"(?<![", kWordAlone, "])"});
    std::string after = concat({"(?=[", kWordAlone, "])"}), notAfter = concat({"(?![", kWordAlone, "])"});
    if (kind == 'b')
      return emitAtom(concat({"(?:", before, notAfter, "|", notBefore, after, ")"}), 2);
    return emitAtom(concat({"(?:", before, after, "|", notBefore, notAfter, ")"}), 2);
  }
  case 'A':
  case 'z':
  case 'Z':
  case 'G':
  case 'R':
  case 'X':
    return emitAtom(pattern.substr(at, 2), 2);
  default:
    if (kind >= '1' && kind <= '9') {
      size_t end = at + 1;
      while (end < pattern.size() && isDigit(pattern[end]))
        ++end;
      return emitAtom(pattern.substr(at, end - at), end - at);
    }
    return refuse(concat({"the escape \\", std::string_view(&kind, isLetter(kind) ? 1 : 0)}));
  }
}

void Translator::classEscape() {
  if (at + 1 >= pattern.size())
    return refuse("the final \\");
  size_t length;
  std::optional<std::string> text = commonEscape(length, /*inClass=*/true);
  char kind = pattern[at + 1];
  if (kind == 'w')
    text = kWord;
  else if (kind == 'h')
    text = kHexDigits;
  else if (kind == 'b')
    text = R"(\x08)";
  if (!text)
    return refuse("an escape in a class");
  out += *text;
  at += length;
}

void Translator::posixBracket() {
  size_t close = pattern.find(":]", at);
  if (starts("[:") && close != pattern.npos) {
    std::string_view name = pattern.substr(at + 2, close - at - 2);
    bool negated = name.starts_with('^');
    if (const PosixSet *set = posixSet(name.substr(negated)); set && !(negated && set->negation.empty())) {
      out += negated ? set->negation : set->members;
      at = close + 2;
      return;
    }
  }
  refuse("a class within a class");
}

void Translator::characterClass() {
  size_t start = out.size();
  out += '[';
  ++at;
  if (starts("^")) {
    out += '^';
    ++at;
  }
  if (starts("]")) { // a bracket that comes first is a member
    out += R"(\])";
    ++at;
  }
  while (error.empty()) {
    if (atEnd())
      return refuse("a class without its end");
    if (starts("&&"))
      return refuse("the intersection && in a class");
    char c = peek();
    if (c == ']') {
      out += ']';
      ++at;
      atom = start;
      return;
    }
    if (c == '[') {
      posixBracket();
    } else if (c == '\\') {
      classEscape();
    } else {
      out += c;
      ++at;
    }
  }
}

/// "(?imx-imx)" or "(?imx-imx:": the offset is at the first letter.
void Translator::options() {
  std::string letters;
  size_t end = at + 2;
  for (; end < pattern.size() && pattern[end] != ')' && pattern[end] != ':'; ++end) {
    char c = pattern[end];
    if (c != 'i' && c != 'm' && c != '-')
      return refuse(concat({"the group (?", pattern.substr(at + 2, end - at - 1)}));
    letters += c == 'm' ? 's' : c;
  }
  if (end == pattern.size() || letters.empty())
    return refuse("the group (?");
  if (pattern[end] == ':')
    groups.push_back({out.size()});
  else
    ++groups.back().optionGroups;
  emitPlain(concat({"(?", letters, ":"}), end + 1 - at);
}

void Translator::openGroup() {
  if (starts("(*"))
    return refuse("the callout (*");
  if (starts("(?#")) {
    size_t close = pattern.find(')', at);
    if (close == pattern.npos)
      return refuse("a comment without its end");
    at = close + 1;
    return;
  }
  for (std::string_view head : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"})
    if (starts(head)) {
      groups.push_back({out.size()});
      return emitPlain(head, head.size());
    }
  if (starts("(?<")) {
    size_t close = pattern.find('>', at);
    if (close == pattern.npos)
      return refuse("the group (?<");
    groups.push_back({out.size()});
    return emitPlain(pattern.substr(at, close + 1 - at), close + 1 - at);
  }
  if (starts("(?"))
    return options();
  groups.push_back({out.size()});
  emitPlain("(", 1);
}

void Translator::closeGroup() {
  if (groups.size() == 1)
    return refuse("a ) without its (");
  out.append(groups.back().optionGroups, ')');
  out += ')';
  ++at;
  atom = groups.back().start;
  groups.pop_back();
}

/// "*", "+" or "?", each with "?" (lazy) or "+" (possessive) after it: the same in PCRE2.
void Translator::quantifier() {
  out += peek();
  ++at;
  if (!atEnd() && (peek() == '?' || peek() == '+')) {
    out += peek();
    ++at;
  }
  atom.reset();
}

void Translator::interval() {
  size_t end = at + 1;
  auto number = [&] {
    size_t first = end;
    while (end < pattern.size() && isDigit(pattern[end]))
      ++end;
    return pattern.substr(first, end - first);
  };
  std::string_view low = number(), high;
  bool comma = end < pattern.size() && pattern[end] == ',';
  if (comma) {
    ++end;
    high = number();
  }
  if (end == pattern.size() || pattern[end] != '}' || (low.empty() && high.empty()))
    return emitAtom(R"(\{)", 1);
  ++end;
  out += concat({"{", low.empty() ? "0" : low, comma ? "," : "", high, "}"});
  at = end;
  if (atEnd() || (peek() != '?' && peek() != '+')) {
    atom.reset();
    return;
  }
  if (comma && peek() == '?') { // lazy, as in PCRE2
    out += '?';
  } else {
    if (!atom)
      return refuse("an interval that repeats nothing");
    out.insert(*atom, "(?:");
    out += concat({")", pattern.substr(at, 1)});
  }
  ++at;
  atom.reset();
}

Result<std::string> Translator::run() {
  while (!atEnd() && error.empty()) {
    switch (char c = peek()) {
    case '\\':
      escape();
      break;
    case '[':
      characterClass();
      break;
    case '(':
      openGroup();
      break;
    case ')':
      closeGroup();
      break;
    case '*':
    case '+':
    case '?':
      quantifier();
      break;
    case '{':
      interval();
      break;
    case '|':
    case '^':
      emitPlain(pattern.substr(at, 1), 1);
      break;
    default: {
      size_t length = static_cast<uint8_t>(c) < 0x80 ? 1 : firstUtf8Unit(pattern.substr(at)).length;
      emitAtom(pattern.substr(at, length), length);
    }
    }
  }
  if (error.empty() && groups.size() > 1)
    refuse("a ( without its )");
  if (!error.empty())
    return Error{error};
  out.append(groups.front().optionGroups, ')');
  return out;
}

} // namespace

Result<std::string> pcre2FromOniguruma(std::string_view pattern) { return Translator(pattern).run(); }

} // namespace tern
