//===- trits5.cpp - 1.6 bits a weight, five columns in a byte ---------------===//
#include "lib/trit/encoding.h"

namespace tern {

/// Columns that share a byte.
static constexpr int64_t kFields = 5;
/// What each field's digit counts in the base-3 number. Field 4 counts down: byte + code is then a
/// multiple of 3 plus 2.
static constexpr int kPlaces[kFields] = {3, 9, 27, 81, 1};
/// Bytes from 128 on are two more than their number, so that both halves of the bytes hold 42
/// values of n / 3.
static constexpr int kGapAt = 126, kGap = 2;

static void pack(const Layout &layout, const int8_t *trits, uint8_t *out) {
  int64_t width = layout.tileColumns / kFields;
  for (int64_t row = 0; row < layout.tileRows; ++row, out += width, trits += layout.tileColumns)
    for (int64_t j = 0; j < width; ++j) {
      int number = 0;
      for (int64_t field = 0; field < kFields; ++field) {
        int code = trits[field * width + j] + 1;
        number += kPlaces[field] * (field == 4 ? 2 - code : code);
      }
      out[j] = uint8_t(number < kGapAt ? number : number + kGap);
    }
}

static void unpack(const Layout &layout, const uint8_t *packed, int8_t *trits) {
  int64_t width = layout.tileColumns / kFields;
  for (int64_t row = 0; row < layout.tileRows; ++row, packed += width, trits += layout.tileColumns)
    for (int64_t field = 0; field < kFields; ++field)
      for (int64_t j = 0; j < width; ++j) {
        int number = packed[j] < kGapAt + kGap ? packed[j] : packed[j] - kGap;
        int digit = number / kPlaces[field] % 3;
        trits[field * width + j] = int8_t((field == 4 ? 2 - digit : digit) - 1);
      }
}

const EncodingRules kTrits5Rules = {"trits5", kFields, 1, pack, unpack};

} // namespace tern
