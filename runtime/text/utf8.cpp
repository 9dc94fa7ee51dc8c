//===- utf8.cpp - Reading and repairing UTF-8 -----------------------------===//
#include "runtime/text/utf8.h"

namespace tern {

static constexpr char32_t kReplacement = 0xFFFD;

Utf8Unit firstUtf8Unit(std::string_view bytes) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  uint8_t lead = byte(0);
  if (lead < 0x80)
    return {Utf8Unit::Valid, 1, lead};
  if (lead < 0xC2 || lead > 0xF4)
    return {Utf8Unit::Invalid, 1, kReplacement};

  // Table 3-7 of the Unicode standard: the second byte's range excludes overlong forms, surrogates
  // and values past U+10FFFF.
  size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  char32_t codePoint = lead & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i, low = 0x80, high = 0xBF) {
    if (i == bytes.size())
      return {Utf8Unit::Truncated, i, kReplacement};
    if (byte(i) < low || byte(i) > high)
      return {Utf8Unit::Invalid, i, kReplacement};
    codePoint = codePoint << 6 | (byte(i) & 0x3F);
  }
  return {Utf8Unit::Valid, length, codePoint};
}

void appendUtf8(std::string &text, char32_t codePoint) {
  auto tail = [&](int shift) { text += static_cast<char>(0x80 | ((codePoint >> shift) & 0x3F)); };
  if (codePoint < 0x80) {
    text += static_cast<char>(codePoint);
  } else if (codePoint < 0x800) {
    text += static_cast<char>(0xC0 | codePoint >> 6);
    tail(0);
  } else if (codePoint < 0x10000) {
    text += static_cast<char>(0xE0 | codePoint >> 12);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | codePoint >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

void appendRepairedUtf8(std::string &text, std::string_view bytes) {
  while (!bytes.empty()) {
    Utf8Unit unit = firstUtf8Unit(bytes);
    if (unit.kind == Utf8Unit::Valid)
      text += bytes.substr(0, unit.length);
    else
      appendUtf8(text, kReplacement);
    bytes.remove_prefix(unit.length);
  }
}

} // namespace tern
