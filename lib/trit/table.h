//===- table.h - Lookup tables of activation sums --------------------------===//
//
// Lookup strategies cut a row of weights into groups of a few columns. For each group of
// activations a table holds the sum for every pattern of as many weights; the pattern's number, its
// code, is what a layout stores. The layouts, the dialect's `ternary.table_build` and its lowering
// all number patterns as it is said here.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <span>

namespace tern {

/// What one digit of a code stands for.
enum class Digits {
  Trits, ///< base 3, digit - 1: a weight in {-1, 0, +1}
  Signs, ///< base 2, 2 * digit - 1: a weight in {-1, +1} (T-MAC, section 3.1)
};

/// The table of one group: how patterns are numbered and which of them have an entry.
struct GroupTable {
  Digits digits = Digits::Trits;
  int64_t group = 3; ///< columns; at most 6
  /// Only the upper half of the codes has entries, from the middle one on: entry i is the sum of
  /// code codes() / 2 + i. The others are their negatives (code codes() - 1 - c has minus the sum
  /// of c).
  bool mirrored = false;

  int64_t base() const { return digits == Digits::Trits ? 3 : 2; }
  /// Patterns of one group.
  int64_t codes() const {
    int64_t count = 1;
    for (int64_t i = 0; i < group; ++i)
      count *= base();
    return count;
  }
  int64_t entries() const { return mirrored ? (codes() + 1) / 2 : codes(); }
  /// The weight of column `position` of the group in entry `entry`. The first column is the lowest
  /// digit.
  int8_t weight(int64_t entry, int64_t position) const {
    assert(entry >= 0 && entry < entries() && position >= 0 && position < group);
    int64_t code = entry + (mirrored ? codes() / 2 : 0);
    for (int64_t i = 0; i < position; ++i)
      code /= base();
    int64_t digit = code % base();
    return int8_t(digits == Digits::Trits ? digit - 1 : 2 * digit - 1);
  }
};

/// Sums are split into two bytes as kHalvesRadix * high + low with |low| <= 15. A radix of 31, not
/// 32: eight lows of either sign then fit a signed byte (8 * 15 = 120; 8 * 16 would not), so that
/// eight lookups are added in bytes before anything is widened.
inline constexpr int64_t kHalvesRadix = 31;

/// Tables of bytes (T-MAC, arXiv 2407.00088, section 3) hold round(127 / m * sum), where m is the largest
/// sum of a group's four |codes|, at least 1. The most by which a product of weights of `planes` bits
/// then differs from the exact one: each of the columns / 4 entries is off by half a step of m / 127,
/// plane i counts 2^i, all of them half (one plane: whole), and the product is rounded. The 2^-12
/// covers float32: its roundings are below 2^-16 of an entry's largest value, 127 steps.
inline double byteTableError(std::span<const int8_t> codes, int64_t planes) {
  int largest = 1;
  for (size_t first = 0; first < codes.size(); first += 4) {
    int sum = 0;
    for (int8_t code : codes.subspan(first, std::min<size_t>(4, codes.size() - first)))
      sum += std::abs(int(code));
    largest = std::max(largest, sum);
  }
  size_t groups = (codes.size() + 3) / 4;
  double entries = double(groups), weight = planes == 1 ? 1 : ((1 << planes) - 1) / 2.0;
  return entries * weight * largest / 127.0 * (0.5 + 0x1p-12) + 1;
}

} // namespace tern
