//===- byte_level.h - The byte alphabet of byte-level BPE -----------------===//
//
// tokenizer.json writes each byte of a token as one printable character: bytes that are printable
// in Latin-1 (0x21..0x7E, 0xA1..0xAC, 0xAE..0xFF) as themselves, the other 68 in ascending order as
// U+0100, U+0101, ... (GPT-2's bytes_to_unicode). A blank, for one, is written U+0120.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tern {

/// Appends the spelling of `bytes` in the byte alphabet, as UTF-8.
void appendByteLevel(std::string &spelling, std::string_view bytes);

/// The bytes that `spelling` (UTF-8) writes; none when a character is outside the byte alphabet.
std::optional<std::string> bytesOfByteLevel(std::string_view spelling);

} // namespace tern
