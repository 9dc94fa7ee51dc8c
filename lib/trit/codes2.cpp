//===- codes2.cpp - 2 bits a weight, four columns in a byte -----------------===//
#include "lib/trit/encoding.h"

#include <algorithm>

namespace tern {

/// Columns that share a byte.
static constexpr int64_t kFields = 4;

static void pack(const Layout &layout, const int8_t *trits, uint8_t *out) {
  int64_t width = layout.tileColumns / kFields;
  for (int64_t row = 0; row < layout.tileRows; ++row, out += width) {
    std::fill(out, out + width, uint8_t(0));
    for (int64_t field = 0; field < kFields; ++field, trits += width)
      for (int64_t j = 0; j < width; ++j)
        out[j] |= uint8_t((trits[j] + 1) << (2 * field));
  }
}

static void unpack(const Layout &layout, const uint8_t *packed, int8_t *trits) {
  int64_t width = layout.tileColumns / kFields;
  for (int64_t row = 0; row < layout.tileRows; ++row, packed += width)
    for (int64_t field = 0; field < kFields; ++field, trits += width)
      for (int64_t j = 0; j < width; ++j)
        trits[j] = int8_t((packed[j] >> (2 * field) & 3) - 1);
}

const EncodingRules kCodes2Rules = {"codes2", kFields, 1, pack, unpack};

} // namespace tern
