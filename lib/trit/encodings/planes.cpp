//===- planes.cpp - One-bit planes of integer weights -----------------------===//
//
// For bit-serial lookups (T-MAC, arXiv 2407.00088), b bits a weight: bit i of the weight's code is in plane i. Two or
// more planes hold -2^(b-1) to 2^(b-1) - 1, code = w + 2^(b-1), so ternary weights too; one plane holds binary weights
// -1 and 1, code = w > 0. Eight columns are a byte a row in each plane, column j in bit j; the rows of plane 0 one
// after the other, then those of plane 1 and so on, then the next eight columns.
//
//===----------------------------------------------------------------------===//
#include "lib/trit/encoding.h"

#include <algorithm>
#include <cassert>

namespace tern {

/// A byte of a plane holds a bit of each of eight columns: two groups of four.
static constexpr int64_t kUnit = 8;

/// One plane tells -1 from 1, so that it has no 0: padding, of which nothing is taken, becomes -1.
template <int Bits> static int codeOf(int8_t weight) { return Bits == 1 ? weight > 0 : weight + (1 << (Bits - 1)); }
template <int Bits> static int8_t weightOf(int code) {
  return int8_t(Bits == 1 ? 2 * code - 1 : code - (1 << (Bits - 1)));
}

template <int Bits> static void pack(const Layout &layout, const int8_t *weights, uint8_t *out) {
  for (int64_t column = 0; column < layout.tileColumns; column += kUnit)
    for (int64_t row = 0; row < layout.tileRows; ++row) {
      const int8_t *at = weights + row * layout.tileColumns + column;
      for (int64_t plane = 0; plane < Bits; ++plane) {
        uint8_t byte = 0;
        for (int64_t j = 0; j < kUnit; ++j) {
          int code = codeOf<Bits>(at[j]);
          assert(code >= 0 && code < 1 << Bits);
          byte |= uint8_t((code >> plane & 1) << j);
        }
        out[(column / kUnit * Bits + plane) * layout.tileRows + row] = byte;
      }
    }
}

template <int Bits> static void unpack(const Layout &layout, const uint8_t *packed, int8_t *weights) {
  for (int64_t column = 0; column < layout.tileColumns; ++column)
    for (int64_t row = 0; row < layout.tileRows; ++row) {
      int code = 0;
      for (int64_t plane = 0; plane < Bits; ++plane)
        code |= (packed[(column / kUnit * Bits + plane) * layout.tileRows + row] >> (column % kUnit) & 1) << plane;
      weights[row * layout.tileColumns + column] = weightOf<Bits>(code);
    }
}

template <int Bits> static constexpr EncodingRules rules(std::string_view name) noexcept {
  return {.name = name,
          .unitColumns = kUnit,
          .unitBytes = Bits,
          .pack = pack<Bits>,
          .unpack = unpack<Bits>,
          .planes = Bits};
}

constinit const EncodingRules kPlanes1Rules = rules<1>("planes1");
constinit const EncodingRules kPlanes2Rules = rules<2>("planes2");
constinit const EncodingRules kPlanes3Rules = rules<3>("planes3");
constinit const EncodingRules kPlanes4Rules = rules<4>("planes4");

} // namespace tern
