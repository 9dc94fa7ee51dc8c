//===- codes2.cpp - 2 bits a weight, four columns in a byte -----------------===//
//
// Code = w + 1. Each row of the tile is V = tileColumns/4 bytes, the rows one after the other; byte j of a row holds
// columns j, V+j, 2V+j, 3V+j in bits 0-1, 2-3, 4-5, 6-7. So masking a V-byte vector with 3 << 2i gives V neighbouring
// columns, 4^i times too large, without a shift. With 16 columns a row is one 32-bit word, so that a vector of words is
// one word of several rows: rows in lanes.
//
//===----------------------------------------------------------------------===//
#include "lib/trit/encoding.h"

#include <algorithm>

namespace tern {

static void pack(const Layout &layout, const int8_t *trits, uint8_t *out) {
  int64_t width = layout.tileColumns / Bits2::fields;
  for (int64_t row = 0; row < layout.tileRows; ++row, out += width) {
    std::fill(out, out + width, uint8_t(0));
    for (int64_t field = 0; field < Bits2::fields; ++field, trits += width)
      for (int64_t j = 0; j < width; ++j)
        out[j] |= uint8_t((trits[j] + 1) << Bits2::shift(field));
  }
}

static void unpack(const Layout &layout, const uint8_t *packed, int8_t *trits) {
  int64_t width = layout.tileColumns / Bits2::fields;
  for (int64_t row = 0; row < layout.tileRows; ++row, packed += width)
    for (int64_t field = 0; field < Bits2::fields; ++field, trits += width)
      for (int64_t j = 0; j < width; ++j)
        trits[j] = int8_t((packed[j] >> Bits2::shift(field) & Bits2::mask) - 1);
}

constinit const EncodingRules kCodes2Rules = {.name = "codes2",
                                              .unitColumns = Bits2::fields,
                                              .unitBytes = 1,
                                              .pack = pack,
                                              .unpack = unpack,
                                              .fields = Fields::Bits2};

} // namespace tern
