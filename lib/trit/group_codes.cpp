//===- group_codes.cpp - Codes of groups of trits -----------------------------===//
#include "lib/trit/encoding.h"

#include <cstdlib>

namespace tern {

/// The code of `group` neighbouring trits, base 3, the first one lowest (see GroupTable).
static int64_t tritCode(const int8_t *trits, int64_t group) {
  int64_t code = 0;
  for (int64_t i = group; i-- > 0;)
    code = 3 * code + trits[i] + 1;
  return code;
}

/// The inverse of tritCode.
static void tritsOfCode(int64_t code, int64_t group, int8_t *trits) {
  for (int64_t i = 0; i < group; ++i, code /= 3)
    trits[i] = int8_t(code % 3 - 1);
}

/// Element `number` of a row: its first byte.
static int64_t placeOf(const Layout &layout, const GroupCodes &codes, int64_t number, int64_t row) {
  return (number * layout.tileRows + row) * codes.elementBits / 8;
}

static void put(uint8_t *to, int64_t value, const GroupCodes &codes) {
  for (int64_t byte = 0; byte < codes.elementBits / 8; ++byte)
    to[byte] = uint8_t(value >> 8 * byte);
}

static int64_t get(const uint8_t *from, const GroupCodes &codes) {
  int64_t value = 0;
  for (int64_t byte = 0; byte < codes.elementBits / 8; ++byte)
    value |= int64_t(from[byte]) << 8 * byte;
  return value;
}

void packGroups(const Layout &layout, const int8_t *trits, uint8_t *out) {
  const GroupCodes &codes = *rulesOf(layout.encoding).groups;
  int64_t middle = codes.table.mirrored ? codes.table.codes() / 2 : 0;
  for (int64_t column = 0; column < layout.tileColumns;
       column += codes.columns(), out += layout.tileRows * codes.bytes())
    for (int64_t row = 0; row < layout.tileRows; ++row) {
      const int8_t *at = trits + row * layout.tileColumns + column;
      int64_t signs = 0;
      for (int64_t element = 0; element < codes.elements; ++element) {
        int64_t packed = 0;
        for (int64_t field = 0; field < codes.fields; ++field) {
          int64_t group = element * codes.fields + field;
          int64_t code = tritCode(at + group * codes.table.group, codes.table.group) - middle;
          signs |= int64_t(code < 0) << group;
          packed |= std::abs(code) << codes.fieldBits * field;
        }
        put(out + placeOf(layout, codes, element, row), packed, codes);
      }
      if (codes.table.mirrored)
        put(out + placeOf(layout, codes, codes.elements, row), signs, codes);
    }
}

void unpackGroups(const Layout &layout, const uint8_t *packed, int8_t *trits) {
  const GroupCodes &codes = *rulesOf(layout.encoding).groups;
  int64_t middle = codes.table.mirrored ? codes.table.codes() / 2 : 0;
  for (int64_t column = 0; column < layout.tileColumns;
       column += codes.columns(), packed += layout.tileRows * codes.bytes())
    for (int64_t row = 0; row < layout.tileRows; ++row) {
      int64_t signs =
          codes.table.mirrored ? get(packed + placeOf(layout, codes, codes.elements, row), codes) : int64_t(0);
      for (int64_t group = 0; group < codes.groups(); ++group) {
        int64_t element = get(packed + placeOf(layout, codes, group / codes.fields, row), codes);
        int64_t code = element >> codes.fieldBits * (group % codes.fields) & ((1 << codes.fieldBits) - 1);
        tritsOfCode(middle + (signs >> group & 1 ? -code : code), codes.table.group,
                    trits + row * layout.tileColumns + column + group * codes.table.group);
      }
    }
}

} // namespace tern
