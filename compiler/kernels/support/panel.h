//===- panel.h - How much of a matrix is unpacked at a time ----------------===//
#pragma once

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

namespace tern {

/// Of all `columns` those whose weights become bytes at a time: whole tiles and a multiple of the `unit` of a kernel,
/// about `most`, and in stretches of equal length, so that none is short.
inline int64_t columnsOfStretch(int64_t tileColumns, int64_t columns, int64_t unit, int64_t most) {
  int64_t stretches = llvm::divideCeil(columns, std::max(most, tileColumns));
  return llvm::alignTo(llvm::divideCeil(columns, stretches), std::lcm(tileColumns, unit));
}

} // namespace tern
