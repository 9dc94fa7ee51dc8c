//===- trits5.cpp - 1.6 bits a weight, five columns in a byte ---------------===//
//
// For dot products. Each row of the tile is V = tileColumns/5 bytes, the rows one after the other; byte j of a row
// holds the codes c_k = w + 1 of columns kV+j, k < 5, as base3.h says. With 20 columns a row is one 32-bit word.
//
//===----------------------------------------------------------------------===//
#include "lib/trit/base3.h"
#include "lib/trit/encoding.h"

namespace tern {

static void pack(const Layout &layout, const int8_t *trits, uint8_t *out) {
  int64_t width = layout.tileColumns / Base3::fields;
  for (int64_t row = 0; row < layout.tileRows; ++row, out += width, trits += layout.tileColumns)
    for (int64_t j = 0; j < width; ++j) {
      int number = 0;
      for (int64_t field = 0; field < Base3::fields; ++field)
        number += Base3::places[field] * Base3::turned(field, trits[field * width + j] + 1);
      out[j] = Base3::byteOf(number);
    }
}

static void unpack(const Layout &layout, const uint8_t *packed, int8_t *trits) {
  int64_t width = layout.tileColumns / Base3::fields;
  for (int64_t row = 0; row < layout.tileRows; ++row, packed += width, trits += layout.tileColumns)
    for (int64_t field = 0; field < Base3::fields; ++field)
      for (int64_t j = 0; j < width; ++j)
        trits[field * width + j] = int8_t(Base3::code(Base3::numberOf(packed[j]), field) - 1);
}

constinit const EncodingRules kTrits5Rules = {.name = "trits5",
                                              .unitColumns = Base3::fields,
                                              .unitBytes = 1,
                                              .pack = pack,
                                              .unpack = unpack,
                                              .fields = Fields::Base3};

} // namespace tern
