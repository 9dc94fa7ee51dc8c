//===- columns2.cpp - 2 bits a weight, column by column ---------------------===//
#include "lib/trit/encoding.h"

#include <algorithm>

namespace tern {

using Line = Columns2Line;

/// Where a row's code is in its column (lib/trit/layout.h).
struct Place {
  int64_t byte;
  int shift;
};

static Place placeOf(int64_t row) {
  int64_t inLine = row % Line::rows, field = inLine / Line::fieldRows, vector = inLine / 16 % 4;
  int64_t segment = inLine / 4 % 4;
  return {row / Line::rows * Line::bytes + 16 * segment + 4 * vector + inLine % 4, int(2 * field)};
}

static void pack(const Layout &layout, const int8_t *trits, uint8_t *out) {
  int64_t bytes = layout.tileRows / Line::fields;
  std::fill(out, out + bytes * layout.tileColumns, uint8_t(0));
  for (int64_t row = 0; row < layout.tileRows; ++row) {
    auto [byte, shift] = placeOf(row);
    for (int64_t column = 0; column < layout.tileColumns; ++column)
      out[column * bytes + byte] |= uint8_t((*trits++ + 1) << shift);
  }
}

static void unpack(const Layout &layout, const uint8_t *packed, int8_t *trits) {
  int64_t bytes = layout.tileRows / Line::fields;
  for (int64_t row = 0; row < layout.tileRows; ++row) {
    auto [byte, shift] = placeOf(row);
    for (int64_t column = 0; column < layout.tileColumns; ++column)
      *trits++ = int8_t((packed[column * bytes + byte] >> shift & 3) - 1);
  }
}

const EncodingRules kColumns2Rules = {"columns2", Line::fields, 1, pack, unpack, Line::rows};

} // namespace tern
