//===- utf8.h - Reading and repairing UTF-8 -------------------------------===//
//
// What counts as ill-formed, and how much of it one U+FFFD replaces, is "substitution of maximal
// subparts" (Unicode 15, section 3.9), which is what Rust's from_utf8_lossy does and therefore what
// Hugging Face tokenizers show.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tern {

/// What stands at the front of a byte string.
struct Utf8Unit {
  enum Kind {
    Valid,     ///< one code point of `length` bytes
    Invalid,   ///< `length` bytes that one U+FFFD stands for
    Truncated, ///< the `length` bytes to the end begin a code point and lack its rest
  };
  Kind kind;
  size_t length;      ///< 1..4
  char32_t codePoint; ///< U+FFFD unless Valid
};

/// The first unit of `bytes`, which must not be empty.
Utf8Unit firstUtf8Unit(std::string_view bytes);

/// Appends the UTF-8 of a code point.
void appendUtf8(std::string &text, char32_t codePoint);

/// Appends `bytes` with every ill-formed part replaced by U+FFFD.
void appendRepairedUtf8(std::string &text, std::string_view bytes);

} // namespace tern
