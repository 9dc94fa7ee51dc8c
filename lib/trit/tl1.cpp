//===- tl1.cpp - Two 4-bit codes of two trits in a byte ---------------------===//
#include "lib/trit/encoding.h"
#include "lib/trit/group_codes.h"

namespace tern {

static constexpr int64_t kGroup = 2, kUnit = 2 * kGroup;

static void pack(const Layout &layout, const int8_t *trits, uint8_t *out) {
  for (int64_t column = 0; column < layout.tileColumns; column += kUnit)
    for (int64_t row = 0; row < layout.tileRows; ++row) {
      const int8_t *at = trits + row * layout.tileColumns + column;
      *out++ = uint8_t(tritCode(at, kGroup) | tritCode(at + kGroup, kGroup) << 4);
    }
}

static void unpack(const Layout &layout, const uint8_t *packed, int8_t *trits) {
  for (int64_t column = 0; column < layout.tileColumns; column += kUnit)
    for (int64_t row = 0; row < layout.tileRows; ++row, ++packed) {
      int8_t *at = trits + row * layout.tileColumns + column;
      tritsOfCode(*packed & 15, kGroup, at);
      tritsOfCode(*packed >> 4, kGroup, at + kGroup);
    }
}

const EncodingRules kTl1Rules = {"tl1", kUnit, 1, pack, unpack};

} // namespace tern
