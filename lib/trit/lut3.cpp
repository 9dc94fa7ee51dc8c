//===- lut3.cpp - Three 5-bit codes of three trits in 16 bits ---------------===//
#include "lib/trit/encoding.h"
#include "lib/trit/group_codes.h"

namespace tern {

static constexpr int64_t kGroup = 3, kGroups = 3, kBits = 5;

static void pack(const Layout &layout, const int8_t *trits, uint8_t *out) {
  for (int64_t column = 0; column < layout.tileColumns; column += kGroups * kGroup)
    for (int64_t row = 0; row < layout.tileRows; ++row, out += 2) {
      const int8_t *at = trits + row * layout.tileColumns + column;
      int64_t word = 0;
      for (int64_t group = 0; group < kGroups; ++group)
        word |= tritCode(at + group * kGroup, kGroup) << (kBits * group);
      out[0] = uint8_t(word);
      out[1] = uint8_t(word >> 8);
    }
}

static void unpack(const Layout &layout, const uint8_t *packed, int8_t *trits) {
  for (int64_t column = 0; column < layout.tileColumns; column += kGroups * kGroup)
    for (int64_t row = 0; row < layout.tileRows; ++row, packed += 2) {
      int64_t word = packed[0] | packed[1] << 8;
      for (int64_t group = 0; group < kGroups; ++group)
        tritsOfCode(word >> (kBits * group) & 31, kGroup, trits + row * layout.tileColumns + column + group * kGroup);
    }
}

const EncodingRules kLut3Rules = {"lut3", kGroups *kGroup, 2, pack, unpack};

} // namespace tern
