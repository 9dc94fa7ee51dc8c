//===- regex_test.cpp - Oniguruma's meaning by PCRE2 ----------------------===//
#include "runtime/text/regex.h"
#include "runtime/text/regex_syntax.h"
#include "runtime/text/utf8.h"

#include <gmock/gmock.h>

using namespace tern;
using testing::ElementsAre;
using testing::HasSubstr;
using Strings = std::vector<std::string>;

static Strings matchesOf(std::string_view pattern, std::string_view text) {
  Result<Regex> regex = Regex::compile(pattern);
  if (!regex) {
    ADD_FAILURE() << pattern << ": " << regex.error().message;
    return {};
  }
  std::vector<TextRange> ranges;
  Status found = regex->findAll(text, ranges);
  EXPECT_TRUE(found);
  Strings matches;
  for (TextRange range : ranges)
    matches.emplace_back(text.substr(range.begin, range.end - range.begin));
  return matches;
}

static bool matchesCharacter(const Regex &regex, char32_t character) {
  std::string text;
  appendUtf8(text, character);
  std::vector<TextRange> ranges;
  EXPECT_TRUE(regex.findAll(text, ranges));
  return !ranges.empty();
}

static std::string errorOf(std::string_view pattern) {
  Result<Regex> regex = Regex::compile(pattern);
  return regex ? "" : regex.error().message;
}

TEST(Regex, WhiteSpaceIsTheUnicodeProperty) {
  // All of PropList.txt's White_Space; U+180E, U+200B and U+FEFF are the near misses.
  const char32_t white[] = {0x09,   0x0A,   0x0B,   0x0C,   0x0D,   0x20,   0x85,   0xA0,   0x1680,
                            0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
                            0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
  for (const char *pattern : {R"(\s)", R"([\s])", R"([^\S])", R"([[:space:]])"}) {
    Result<Regex> regex = Regex::compile(pattern);
    ASSERT_TRUE(regex);
    size_t found = 0;
    for (char32_t c = 0; c < 0xD800; ++c)
      found += matchesCharacter(*regex, c);
    EXPECT_EQ(found, std::size(white)) << pattern;
    for (char32_t c : white)
      EXPECT_TRUE(matchesCharacter(*regex, c)) << pattern << " " << std::hex << uint32_t(c);
    EXPECT_FALSE(matchesCharacter(*regex, 0x180E));
  }
}

TEST(Regex, WordCharactersAreOnigurumas) {
  Result<Regex> word = Regex::compile(R"(\w)"), other = Regex::compile(R"(\W)");
  ASSERT_TRUE(word && other);
  for (char32_t c : {U'a', U'_', U'7', U'\u0301', U'\u203F', U'\u4E2D', U'\u2160'}) {
    EXPECT_TRUE(matchesCharacter(*word, c)) << std::hex << uint32_t(c);
    EXPECT_FALSE(matchesCharacter(*other, c)) << std::hex << uint32_t(c);
  }
  for (char32_t c : {U' ', U'-', U'\u00B7', U'\u2460', U'\u200B'})
    EXPECT_FALSE(matchesCharacter(*word, c)) << std::hex << uint32_t(c);
  // Six numbers of Latin-1 are word characters, but no members of a class.
  Strings numbers = {"\u00B2", "\u00B3", "\u00B9", "\u00BC", "\u00BD", "\u00BE"};
  std::string latin = "\u00B2 \u00B3 \u00B4 \u00B9 \u00BB \u00BC \u00BD \u00BE \u00BF";
  EXPECT_EQ(matchesOf(R"(\w)", latin), numbers);
  EXPECT_EQ(matchesOf(R"(\b\S)", latin), numbers);
  EXPECT_THAT(matchesOf(R"([\w])", latin), ElementsAre());
  EXPECT_THAT(matchesOf(R"(\b.)", "ab cd"), ElementsAre("a", " ", "c"));
  EXPECT_THAT(matchesOf(R"(\B.)", "ab cd"), ElementsAre("b", "d"));
}

TEST(Regex, ScriptsAreNoScriptExtensions) {
  // U+3001 and U+30FC are used with Han or Katakana and others: their Script is Common.
  EXPECT_THAT(matchesOf(R"(\p{Han}+)", "a\u4E2D\u3001\u6587"), ElementsAre("\u4E2D", "\u6587"));
  EXPECT_THAT(matchesOf(R"([\p{Katakana}b]+)", "\u30A2\u30FCb"), ElementsAre("\u30A2", "b"));
  EXPECT_THAT(matchesOf(R"(\P{Han}+)", "a\u3001\u6587"), ElementsAre("a\u3001"));
  EXPECT_THAT(matchesOf(R"(\p{^han}+)", "a\u3001\u6587"), ElementsAre("a\u3001"));
}

TEST(Regex, PosixNames) {
  EXPECT_THAT(matchesOf("[[:punct:]]+", "a!$\u3001\u20AC^b"), ElementsAre("!$\u3001\u20AC^"));
  EXPECT_THAT(matchesOf(R"(\p{Punct}+|\P{Word}+)", "ab!$ \u00B2!"), ElementsAre("!", "$ ", "!"));
  EXPECT_THAT(matchesOf(R"([\p{Punct}a]+)", "a!$"), ElementsAre("a!"));
  EXPECT_THAT(matchesOf(R"([\p{Alnum}-]+)", "a1-_b"), ElementsAre("a1-", "b"));
  EXPECT_THAT(matchesOf("[[:^alpha:]]+[[:xdigit:]]", "x12fg"), ElementsAre("12f"));
  EXPECT_THAT(matchesOf(R"([[:^word:]b]+|[\P{Alnum}c]+)", "ab-c"), ElementsAre("b-", "c"));
  EXPECT_THAT(errorOf("[[:nonsense:]]"), HasSubstr("the set [:nonsense:] at offset 1"));
}

TEST(Regex, ClassesOfClasses) {
  // BLOOM's pattern and a part of Kimi's.
  EXPECT_THAT(matchesOf(R"( ?[^(\s|[.,!?\u2026])]+)", "so (what), no|yes!?"), ElementsAre("so", "what", " no", "yes"));
  EXPECT_THAT(matchesOf(R"([\p{L}\p{M}&&[^\p{Han}]]+|\p{Han}+)", "ab\u4E2D\u6587c1"),
              ElementsAre("ab", "\u4E2D\u6587", "c"));
  EXPECT_THAT(matchesOf("[a-z&&[^aeiou]&&[^x-z]]+", "abcxyez"), ElementsAre("bc"));
  EXPECT_THAT(matchesOf("[^a-c&&b-d]+", "abcde"), ElementsAre("a", "de")); // all but b and c
  EXPECT_THAT(matchesOf("[b&&^b]+", "ab^"), ElementsAre("b"));             // a member there
  EXPECT_THAT(matchesOf("[^[a]b\n]+", "abc\nd"), ElementsAre("c", "d"));
  EXPECT_THAT(matchesOf(R"([\W_]+)", "a-_ b"), ElementsAre("-_ "));
  EXPECT_THAT(matchesOf(R"(x[[\H]a]{2}?y)", "xy xaoy xaby xgay"), ElementsAre("xy", "xaoy", "xgay"));
  EXPECT_THAT(matchesOf("(?:[[b]a-c])*d", std::string(64, 'b')), ElementsAre()); // alternatives that overlap
  EXPECT_THAT(matchesOf("[:alpha:]+|[.b.]|[=-@]", "alphax:.b<>"), ElementsAre("alpha", ":", ".", "b", ">"));
  EXPECT_THAT(errorOf("[a&&]"), HasSubstr("an intersection && with nothing at offset 4"));
  EXPECT_THAT(errorOf("[&&a]"), HasSubstr("an intersection && with nothing at offset 1"));
  EXPECT_THAT(errorOf("[a-[b]]"), HasSubstr("a range that ends in a class at offset 3"));
  EXPECT_THAT(matchesOf(R"([a\-[b]]+|[-[c]]+)", "ab-c-"), ElementsAre("ab-", "c-"));
  EXPECT_THAT(errorOf("[a[b]"), HasSubstr("a class without its end"));
  EXPECT_THAT(errorOf(std::string(40, '[') + "a" + std::string(40, ']')), HasSubstr("deep"));
}

TEST(Regex, TokenizerPatterns) {
  EXPECT_THAT(matchesOf(R"((?i:'s|'t))", "It'S \u017F'\u017F"), ElementsAre("'S", "'\u017F"));
  EXPECT_THAT(matchesOf(R"(\p{N}{1,3})", "12345"), ElementsAre("123", "45"));
  EXPECT_THAT(matchesOf(R"(\s+(?!\S)|\s+)", "a   b "), ElementsAre("  ", " ", " "));
  EXPECT_THAT(matchesOf(R"([^\r\n\p{L}\p{N}]?+\p{L}+| ?[^\s\p{L}\p{N}]++[\r\n]*)", " ab!?\n"),
              ElementsAre(" ab", "!?\n"));
}

TEST(Regex, WhatRubySyntaxMeansDifferently) {
  EXPECT_THAT(matchesOf(R"(\h+)", "xyzAF09 "), ElementsAre("AF09"));
  EXPECT_THAT(matchesOf(R"([\h-]+)", "z9-f"), ElementsAre("9-f"));
  EXPECT_THAT(matchesOf(R"(^a$)", "a\na\nb"), ElementsAre("a", "a"));
  EXPECT_THAT(matchesOf("a.b", "a\nb a\rb"), ElementsAre("a\rb"));
  EXPECT_THAT(matchesOf("(?m:a.b)", "a\nb"), ElementsAre("a\nb"));
  EXPECT_THAT(matchesOf("a(?i)b|c", "aB aC C"), ElementsAre("aB", "aC"));
  EXPECT_THAT(matchesOf("x(a(?i)b|c)d", "xaBd xaCd xcd xaCD"), ElementsAre("xaBd", "xaCd"));
  EXPECT_THAT(matchesOf("ba{1,2}+a", "baaaaa"), ElementsAre("baaaaa"));
  EXPECT_THAT(matchesOf("ba{2}?", "b baa"), ElementsAre("b", "baa"));
  EXPECT_THAT(matchesOf("ba{1,2}?", "baa"), ElementsAre("ba"));
  EXPECT_THAT(matchesOf("ba{,2}c", "bc baac"), ElementsAre("bc", "baac"));
  EXPECT_THAT(matchesOf("ba{1,2}++a|b", "baaaaa"), ElementsAre("b")); // possessive
  EXPECT_THAT(matchesOf("(?:ab)?{2}c|x+{2}*y|[de]**f", "ababc xxxy dedf"), ElementsAre("ababc", "xxxy", "dedf"));
  EXPECT_THAT(matchesOf("a{x}|{", "a{x}{"), ElementsAre("a{x}", "{"));
  EXPECT_THAT(matchesOf(R"(\u4E2D|\x{6587}|\x41)", "\u4E2D\u6587A"), ElementsAre("\u4E2D", "\u6587", "A"));
  EXPECT_THAT(matchesOf(R"([a\v]+)", "a\v\n"), ElementsAre("a\v"));
  EXPECT_THAT(matchesOf(R"((?<x>a)(?:b)(?=c)(?#note)c(?<!b)(?>d))", "abcd"), ElementsAre("abcd"));
}

TEST(Regex, EmptyMatches) {
  // As the onig crate's find_iter: none right at the end of the match before.
  EXPECT_THAT(matchesOf("a*", "baac"), ElementsAre("", "aa", ""));
  EXPECT_THAT(matchesOf("", "\u4E2Db"), ElementsAre("", "", ""));
  EXPECT_THAT(matchesOf("x", ""), ElementsAre());
}

TEST(Regex, UnsupportedConstructsAreNamed) {
  EXPECT_THAT(errorOf("(?~a)"), HasSubstr("(?~"));
  EXPECT_THAT(errorOf("(?x: a)"), HasSubstr("(?x"));
  EXPECT_THAT(errorOf("(*FAIL)"), HasSubstr("(*"));
  EXPECT_THAT(errorOf(R"(\y)"), HasSubstr(R"(\y)"));
  EXPECT_THAT(errorOf(R"([\y])"), HasSubstr("escape in a class"));
  EXPECT_THAT(errorOf(R"(\xE4)"), HasSubstr(R"(\x)"));
  EXPECT_THAT(errorOf("[a"), HasSubstr("class without its end"));
  EXPECT_THAT(errorOf("(a"), HasSubstr("without its )"));
  EXPECT_THAT(errorOf("a)"), HasSubstr("without its ("));
  EXPECT_THAT(errorOf("ab|*"), HasSubstr("quantifier does not follow a repeatable item, after \"ab|\""));
  EXPECT_THAT(errorOf(R"(\p{Nonsense})"), HasSubstr("property"));
  EXPECT_THAT(errorOf("\\"), HasSubstr("final"));
  EXPECT_THAT(errorOf(std::string(70000, 'a')), HasSubstr("longer than"));
}

TEST(Regex, CatastrophicBacktrackingIsAnError) {
  Result<Regex> regex = Regex::compile("(?:a|a|ab?)*[cd]");
  ASSERT_TRUE(regex);
  std::vector<TextRange> ranges;
  Status found = regex->findAll(std::string(200, 'a'), ranges);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("too hard"));
}

TEST(Regex, DeepRepetitionOfGroups) {
  // More than the 32 kB of stack that PCRE2's compiled code has: the interpreter takes over.
  std::string text(100000, 'a');
  EXPECT_EQ(matchesOf("(?:a|b)+", text), Strings{text});
}
