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
  std::string_view members; ///< of a class
};
constexpr PosixSet kPosixSets[] = {
    {"space", R"(\p{White_Space})"}, {"alpha", R"(\p{Alphabetic})"},
    {"digit", R"(\p{Nd})"},          {"upper", R"(\p{Uppercase})"},
    {"lower", R"(\p{Lowercase})"},   {"alnum", R"(\p{Alphabetic}\p{Nd})"},
    {"punct", R"(\p{P}\p{S})"},      {"word", kWord},
    {"xdigit", kHexDigits},
};
/// Classes within classes: more than any pattern needs, and less than the stack.
constexpr int kDeepestClass = 32;

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

  /// What a class is a union of.
  struct ClassParts {
    std::string members;
    std::vector<std::string> classes; ///< patterns of one character

    /// A class of its own, or members.
    void add(std::string text) {
      if (text.starts_with('[') || text.starts_with('('))
        classes.push_back(std::move(text));
      else
        members += text;
    }
    /// Alternatives that overlap are tried once: each is one character, whichever it is.
    std::string pattern() const {
      if (classes.empty())
        return concat({"[", members, "]"});
      std::string text = members.empty() ? "" : concat({"|[", members, "]"});
      for (const std::string &inner : classes)
        text += '|' + inner;
      return concat({"(?>", std::string_view(text).substr(1), ")"});
    }
  };

  void refuse(std::string_view construct) {
    if (error.empty())
      error = concat({construct, " at offset ", std::to_string(at), " is not supported"});
  }
  void emitAtom(std::string_view text, size_t consumed) {
    atom = out.size();
    repeated = false;
    out += text;
    at += consumed;
  }
  void emitPlain(std::string_view text, size_t consumed) {
    atom.reset();
    repeated = false;
    out += text;
    at += consumed;
  }

  std::optional<std::string> commonEscape(size_t &length, bool inClass);
  static std::string property(std::string_view name, bool negated, bool inClass);
  void escape();
  void classEscape(ClassParts &parts);
  bool posixBracket(ClassParts &parts);
  std::string classText(int depth);
  void openGroup();
  void options();
  void closeGroup();
  void beginRepeat();
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
  bool repeated = false;      ///< it has a quantifier
  std::vector<Group> groups{{0}};
};

/// \p{name} or \P{name}.
std::string Translator::property(std::string_view name, bool negated, bool inClass) {
  if (name.starts_with('^')) {
    negated = !negated;
    name.remove_prefix(1);
  }
  const PosixSet *set = posixSet(name);
  if (set && set->name == "punct") {
    set = nullptr;
    name = "P";
  }
  if (set && inClass && !negated)
    return std::string(set->members);
  if (set)
    return concat({negated ? "[^" : "[", set->name == "word" && !inClass ? kWordAlone : set->members, "]"});
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

void Translator::classEscape(ClassParts &parts) {
  if (at + 1 >= pattern.size())
    return refuse("the final \\");
  size_t length;
  std::optional<std::string> text = commonEscape(length, /*inClass=*/true);
  char kind = pattern[at + 1];
  if (kind == 'w' || kind == 'h')
    text = kind == 'w' ? kWord : kHexDigits;
  else if (kind == 'W' || kind == 'H')
    text = concat({"[^", kind == 'W' ? kWord : kHexDigits, "]"});
  else if (kind == 'b')
    text = R"(\x08)";
  if (!text)
    return refuse("an escape in a class");
  parts.add(*text);
  at += length;
}

/// Whether there is one, or what looks like one and is an error.
bool Translator::posixBracket(ClassParts &parts) {
  size_t close = pattern.find(":]", at);
  if (!starts("[:") || close == pattern.npos)
    return false;
  std::string_view name = pattern.substr(at + 2, close - at - 2);
  bool negated = name.starts_with('^');
  name.remove_prefix(negated);
  if (!std::ranges::all_of(name, isLetter))
    return false;
  const PosixSet *set = posixSet(name);
  if (!set) {
    refuse(concat({"the set [:", name, ":]"}));
    return true;
  }
  parts.add(negated ? concat({"[^", set->members, "]"}) : std::string(set->members));
  at = close + 2;
  return true;
}

/// A class, from its bracket on, as a pattern of one character. PCRE2 has neither classes in classes nor intersections:
/// they become alternatives and looks ahead.
std::string Translator::classText(int depth) {
  if (depth > kDeepestClass)
    refuse("a class this deep in others");
  ++at;
  bool negated = starts("^");
  at += negated;
  ClassParts parts;
  std::vector<std::string> operands; ///< of &&
  if (starts("]")) {                 // a bracket that comes first is a member
    parts.members = R"(\])";
    ++at;
  }
  while (error.empty() && !atEnd() && peek() != ']') {
    if (starts("&&")) {
      if (parts.members.empty() && parts.classes.empty())
        refuse("an intersection && with nothing");
      operands.push_back(parts.pattern());
      parts = {};
      at += 2;
    } else if (peek() == '[') {
      std::string_view before = parts.members;
      if (before.size() > 1 && before.ends_with('-') && !before.ends_with(R"(\-)"))
        refuse("a range that ends in a class");
      else if (!posixBracket(parts))
        parts.add(classText(depth + 1));
    } else if (peek() == '\\') {
      classEscape(parts);
    } else {
      // Members in any place of PCRE2's class, where [:x:], [.x.] and [=x=] mean something.
      if (std::string_view("^:.=").find(peek()) != std::string_view::npos)
        parts.members += '\\';
      parts.members += pattern[at++];
    }
  }
  if (atEnd())
    refuse("a class without its end");
  if (!operands.empty() && parts.members.empty() && parts.classes.empty())
    refuse("an intersection && with nothing");
  if (!error.empty())
    return {};
  ++at;
  if (operands.empty() && parts.classes.empty())
    return concat({negated ? "[^" : "[", parts.members, "]"});
  std::string all;
  for (const std::string &operand : operands)
    all += concat({"(?=", operand, ")"});
  all += parts.pattern();
  return negated ? concat({"(?>(?!", all, R"()\p{Any}))"}) : concat({"(?>", all, ")"});
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
  repeated = false;
  groups.pop_back();
}

/// What is repeated already becomes a group: PCRE2 has one quantifier for each item.
void Translator::beginRepeat() {
  if (repeated) {
    out.insert(*atom, "(?:");
    out += ')';
  }
  repeated = atom.has_value();
}

/// "*", "+" or "?", each with "?" (lazy) or "+" (possessive) after it: the same in PCRE2.
void Translator::quantifier() {
  beginRepeat();
  out += peek();
  ++at;
  if (!atEnd() && (peek() == '?' || peek() == '+')) {
    out += peek();
    ++at;
  }
}

/// Lazy with two bounds, as in PCRE2. A "?" after one bound, and "+", are quantifiers of their own.
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
  if (!atom)
    return refuse("an interval that repeats nothing");
  beginRepeat();
  ++end;
  out += concat({"{", low.empty() ? "0" : low, comma ? "," : "", high, "}"});
  at = end;
  if (comma && !atEnd() && peek() == '?') {
    out += '?';
    ++at;
  }
}

Result<std::string> Translator::run() {
  while (!atEnd() && error.empty()) {
    switch (char c = peek()) {
    case '\\':
      escape();
      break;
    case '[': {
      std::string text = classText(1);
      emitAtom(text, 0);
      break;
    }
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
