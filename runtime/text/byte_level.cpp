//===- byte_level.cpp - The byte alphabet of byte-level BPE ---------------===//
#include "runtime/text/byte_level.h"
#include "runtime/text/utf8.h"

#include <array>

namespace tern {

namespace {

constexpr int kAlphabetEnd = 0x100 + 68; ///< one past the highest character of the alphabet

struct ByteAlphabet {
  std::array<char16_t, 256> character{};
  std::array<int16_t, kAlphabetEnd> byte{}; ///< -1 outside the alphabet

  constexpr ByteAlphabet() {
    byte.fill(-1);
    char16_t next = 0x100;
    for (int value = 0; value < 256; ++value) {
      bool printable = (value >= 0x21 && value <= 0x7E) || (value >= 0xA1 && value != 0xAD);
      character[value] = printable ? static_cast<char16_t>(value) : next++;
      byte[character[value]] = static_cast<int16_t>(value);
    }
  }
};

constexpr ByteAlphabet kAlphabet;

} // namespace

void appendByteLevel(std::string &spelling, std::string_view bytes) {
  for (char byte : bytes)
    appendUtf8(spelling, kAlphabet.character[static_cast<uint8_t>(byte)]);
}

std::optional<std::string> bytesOfByteLevel(std::string_view spelling) {
  std::string bytes;
  bytes.reserve(spelling.size());
  while (!spelling.empty()) {
    Utf8Unit unit = firstUtf8Unit(spelling);
    if (unit.codePoint >= kAlphabetEnd || kAlphabet.byte[unit.codePoint] < 0)
      return std::nullopt;
    bytes += static_cast<char>(kAlphabet.byte[unit.codePoint]);
    spelling.remove_prefix(unit.length);
  }
  return bytes;
}

} // namespace tern
