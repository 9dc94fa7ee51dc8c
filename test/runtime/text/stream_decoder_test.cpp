//===- stream_decoder_test.cpp --------------------------------------------===//
#include "runtime/text/stream_decoder.h"
#include "runtime/text/utf8.h"

#include <gtest/gtest.h>

#include <random>

using namespace tern;

TEST(StreamDecoder, HoldsACharacterUntilItIsWhole) {
  StreamDecoder decoder;
  EXPECT_EQ(decoder.push("a\xF0\x9F"), "a");
  EXPECT_EQ(decoder.push("\xA6"), "");
  EXPECT_EQ(decoder.push("\x99z"), "\U0001F999z");
  EXPECT_EQ(decoder.finish(), "");
}

TEST(StreamDecoder, WhatCannotBecomeACharacterIsReplacedAtOnce) {
  StreamDecoder decoder;
  EXPECT_EQ(decoder.push("\xF0\x9F"), "");
  EXPECT_EQ(decoder.push("b"), "\uFFFD"
                               "b");
  EXPECT_EQ(decoder.push("\xFF"), "\uFFFD");
  EXPECT_EQ(decoder.push("\xE4\xB8"), "");
  EXPECT_EQ(decoder.finish(), "\uFFFD");
  EXPECT_EQ(decoder.push("c"), "c");
}

TEST(StreamDecoder, PiecesGiveTheSameAsTheWhole) {
  std::mt19937 random(11);
  const uint8_t bytes[] = {'a', 0x80, 0x9F, 0xBF, 0xC3, 0xE0, 0xE4, 0xED, 0xF0, 0xF4, 0xFF};
  for (int round = 0; round < 2000; ++round) {
    StreamDecoder decoder;
    std::string whole, streamed, expected;
    for (int push = random() % 8; push >= 0; --push) {
      std::string token;
      for (int length = random() % 5; length > 0; --length)
        token += static_cast<char>(bytes[random() % std::size(bytes)]);
      whole += token;
      streamed += decoder.push(token);
    }
    streamed += decoder.finish();
    appendRepairedUtf8(expected, whole);
    ASSERT_EQ(streamed, expected);
  }
}
