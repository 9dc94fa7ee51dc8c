//===- utf8_test.cpp ------------------------------------------------------===//
#include "runtime/text/byte_level.h"
#include "runtime/text/utf8.h"

#include <gtest/gtest.h>

using namespace tern;
using namespace std::string_literals;

static std::string repaired(std::string_view bytes) {
  std::string text;
  appendRepairedUtf8(text, bytes);
  return text;
}

TEST(Utf8, EveryCodePointRoundTrips) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF)
      continue;
    std::string text;
    appendUtf8(text, c);
    Utf8Unit unit = firstUtf8Unit(text);
    ASSERT_EQ(unit.kind, Utf8Unit::Valid);
    ASSERT_EQ(unit.length, text.size());
    ASSERT_EQ(unit.codePoint, c);
  }
}

// The expectations are those of the Unicode standard's tables 3-8 to 3-11.
TEST(Utf8, MaximalSubpartsBecomeOneReplacementEach) {
  const std::string r = "\uFFFD";
  EXPECT_EQ(repaired("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82"
                     "A"),
            r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(repaired("\xED\xA0\x80\xED\xBF\xBF\xED\xAF"
                     "A"),
            r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(repaired("\xF4\x91\x92\x93\xFF"
                     "A\x80\xBF"
                     "B"),
            r + r + r + r + r + "A" + r + r + "B");
  EXPECT_EQ(repaired("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF"
                     "A"),
            r + r + r + r + "A");
  EXPECT_EQ(repaired("a\0b"s), "a\0b"s);
}

TEST(Utf8, TruncatedOnlyWhileItCanBecomeValid) {
  EXPECT_EQ(firstUtf8Unit("\xF0\x9F").kind, Utf8Unit::Truncated);
  EXPECT_EQ(firstUtf8Unit("\xF0\x9F").length, 2u);
  EXPECT_EQ(firstUtf8Unit("\xF0\x80").kind, Utf8Unit::Invalid);
  EXPECT_EQ(firstUtf8Unit("\xED\xA0").kind, Utf8Unit::Invalid);
  EXPECT_EQ(firstUtf8Unit("\x80").kind, Utf8Unit::Invalid);
}

TEST(ByteLevel, SpellingOfBytes) {
  auto spell = [](std::string_view bytes) {
    std::string spelling;
    appendByteLevel(spelling, bytes);
    return spelling;
  };
  EXPECT_EQ(spell(" a\n"), "\u0120a\u010A");
  EXPECT_EQ(spell("\0\x7F\xA0\xAD\xFF"s), "\u0100\u0121\u0142\u0143\u00FF");
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    all += static_cast<char>(byte);
  EXPECT_EQ(bytesOfByteLevel(spell(all)), all);
}

TEST(ByteLevel, OutsideTheAlphabet) {
  EXPECT_FALSE(bytesOfByteLevel("a b"));
  EXPECT_FALSE(bytesOfByteLevel("\u0144"));
  EXPECT_FALSE(bytesOfByteLevel("\u00AD"));
  EXPECT_FALSE(bytesOfByteLevel("\u6587"));
}
