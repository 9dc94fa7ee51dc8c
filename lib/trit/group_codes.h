//===- group_codes.h - Codes of groups of trits -----------------------------===//
#pragma once

#include "lib/trit/table.h"

namespace tern {

/// The code of `group` neighbouring trits, base 3, the first one lowest (see GroupTable).
inline int64_t tritCode(const int8_t *trits, int64_t group) {
  int64_t code = 0;
  for (int64_t i = group; i-- > 0;)
    code = 3 * code + trits[i] + 1;
  return code;
}

/// The inverse of tritCode.
inline void tritsOfCode(int64_t code, int64_t group, int8_t *trits) {
  for (int64_t i = 0; i < group; ++i, code /= 3)
    trits[i] = int8_t(code % 3 - 1);
}

} // namespace tern
