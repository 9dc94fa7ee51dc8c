//===- half.h - Conversion of IEEE binary16 -------------------------------===//
#pragma once

#include <bit>
#include <cstdint>

namespace tern {

/// Exact; a NaN keeps its payload.
inline float halfToFloat(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16, exponent = (bits >> 10) & 31, fraction = bits & 0x3ff;
  if (exponent == 31)
    return std::bit_cast<float>(sign | 0x7f800000 | (fraction << 13));
  if (exponent != 0)
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  float subnormal = float(fraction) * 0x1p-24f;
  return sign ? -subnormal : subnormal;
}

} // namespace tern
