//===- tl2.cpp - Three trits in four bits and a sign, signs apart -----------===//
#include "lib/trit/encoding.h"
#include "lib/trit/group_codes.h"

#include <cstdlib>

namespace tern {

/// Eight groups: their signs are one byte.
static constexpr int64_t kGroup = 3, kGroups = 8, kUnit = kGroups * kGroup;
/// The code of three zeros. Code 13 + i has entry i, code 13 - i its negative
/// (GroupTable::mirrored).
static constexpr int64_t kMiddle = 13;

static void pack(const Layout &layout, const int8_t *trits, uint8_t *out) {
  int64_t rows = layout.tileRows;
  for (int64_t column = 0; column < layout.tileColumns; column += kUnit, out += rows * 5)
    for (int64_t row = 0; row < rows; ++row) {
      const int8_t *at = trits + row * layout.tileColumns + column;
      int64_t signs = 0, entries[kGroups];
      for (int64_t group = 0; group < kGroups; ++group) {
        int64_t fromMiddle = tritCode(at + group * kGroup, kGroup) - kMiddle;
        entries[group] = std::abs(fromMiddle);
        signs |= int64_t(fromMiddle < 0) << group;
      }
      for (int64_t pair = 0; pair < kGroups / 2; ++pair)
        out[pair * rows + row] = uint8_t(entries[2 * pair] | entries[2 * pair + 1] << 4);
      out[kGroups / 2 * rows + row] = uint8_t(signs);
    }
}

static void unpack(const Layout &layout, const uint8_t *packed, int8_t *trits) {
  int64_t rows = layout.tileRows;
  for (int64_t column = 0; column < layout.tileColumns; column += kUnit, packed += rows * 5)
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t group = 0; group < kGroups; ++group) {
        int64_t entry = packed[group / 2 * rows + row] >> (group % 2 * 4) & 15;
        bool negative = packed[kGroups / 2 * rows + row] >> group & 1;
        tritsOfCode(kMiddle + (negative ? -entry : entry), kGroup,
                    trits + row * layout.tileColumns + column + group * kGroup);
      }
}

const EncodingRules kTl2Rules = {"tl2", kUnit, 5, pack, unpack};

} // namespace tern
