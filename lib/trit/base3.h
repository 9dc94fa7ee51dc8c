//===- base3.h - Five trits in a byte ---------------------------------------===//
#pragma once

#include <cstdint>

namespace tern {

/// The codes c_k = w + 1 of five trits as the base-3 number
///   n = (2 - c4) + 3 c0 + 9 c1 + 27 c2 + 81 c3, plus 2 if n >= 126.
/// The gap is there for 128-entry byte permutes, which see the low 7 bits of a byte b: those are
/// 3 m + 2 - c4 with m = (n / 3) mod 42, so that one permute gives c4; and the average
/// (b + c4 + 1) >> 1 = 64 [n >= 126] + ((3 m + 3) >> 1) is another one for each n / 3, so that a
/// second one gives c0 to c3.
struct Base3 {
  static constexpr int64_t fields = 5;
  /// Numbers that there are. Bytes from `gapAt` + `gap` on are `gap` more than their number.
  static constexpr int numbers = 243, gapAt = 126, gap = 2;
  /// What each field's digit counts in the number.
  static constexpr int places[fields] = {3, 9, 27, 81, 1};

  static constexpr uint8_t byteOf(int number) { return uint8_t(number < gapAt ? number : number + gap); }
  static constexpr int numberOf(uint8_t byte) { return byte < gapAt + gap ? byte : byte - gap; }
  /// The digit of a field for a code, and back. Field 4 counts down: byte + code is then a multiple of 3 plus 2.
  static constexpr int turned(int64_t field, int code) { return field == 4 ? 2 - code : code; }
  static constexpr int code(int number, int64_t field) { return turned(field, number / places[field] % 3); }
};

} // namespace tern
