//===- elementary.cpp - Elementary functions from plain arithmetic --------===//
#include "compiler/dense/elementary.h"

using namespace Halide;

namespace tern {

/// 1.5 * 2^23: a float32 sum with it has units of 1, so the addition itself rounds to the nearest
/// integer, halves to even, and that integer stands in the low bits of the sum.
static constexpr float roundingOffset = 12582912.0f;
static constexpr int32_t roundingOffsetBits = 0x4B400000;

Expr roundToNearestEven(Expr x) { return reinterpret<int32_t>(strict_float(x + roundingOffset)) - roundingOffsetBits; }

Expr exponential(Expr x) {
  // x = n ln 2 + r with |r| <= ln 2 / 2; exp(x) = 2^n exp(r). ln 2 is subtracted in two parts (Cody
  // and Waite): the first has 9 bits, so its product with n is exact.
  x = clamp(x, -87.0f, 88.0f);
  Expr shifted = strict_float(x * 1.44269504f + roundingOffset);
  Expr n = strict_float(shifted - roundingOffset);
  Expr r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  // Taylor's series to r^7: what is left out is under 2^-27 there.
  Expr series = 1.0f / 5040;
  for (float factorial : {720.0f, 120.0f, 24.0f, 6.0f, 2.0f})
    series = series * r + 1.0f / factorial;
  Expr fraction = (series * (r * r) + r) + 1.0f;
  // The low bits of `shifted` are n's; the offset's own are zero where the shift keeps them. Biased
  // by 127, n is 2^n's exponent.
  Expr power = (reinterpret<uint32_t>(shifted) << 23) + (127 << 23);
  return fraction * reinterpret<float>(power);
}

Expr exponentialRounded(Expr x) {
  // As above in float64, whose units are 1 from 1.5 * 2^52 on; r^12 / 12! is under 2^-46.
  auto constant = [](double value) { return Internal::make_const(Float(64), value); };
  Expr offset = constant(6755399441055744.0);
  x = cast<double>(clamp(x, -87.0f, 88.0f));
  Expr shifted = strict_float(x * constant(1.4426950408889634) + offset);
  Expr n = strict_float(shifted - offset);
  Expr r = (x - n * constant(0.6931471803691238)) - n * constant(1.9082149292705877e-10);
  double factorial = 39916800; // 11!
  Expr series = constant(1 / factorial);
  for (int power = 11; power >= 1; --power) {
    factorial /= power;
    series = series * r + constant(1 / factorial);
  }
  Expr power = (reinterpret<uint64_t>(shifted) << 52) + Internal::make_const(UInt(64), uint64_t(1023) << 52);
  return cast<float>(series * reinterpret<double>(power));
}

Expr widenBfloat16(Expr bits) { return reinterpret<float>(cast<uint32_t>(bits) << 16); }

// Halide 14 emulates its own float16 in some 20 operations a number, whatever the target has. Both directions below
// move the fields of one format to those of the other and let a float32 operation do the rest (Giesen, "Half to float
// done quick").

Expr widenFloat16(Expr bits) {
  // The sign fills the top 4 bits, of which one is kept; the exponent is 112 too small, and the product is exact,
  // subnormals included.
  Expr fields =
      (cast<int32_t>(reinterpret<int16_t>(bits)) << 13) & Internal::make_const(Int(32), int64_t(int32_t(0x8fffe000)));
  return reinterpret<float>(fields) * Internal::make_const(Float(32), 0x1p112);
}

Expr narrowToFloat16(Expr x) {
  x = clamp(x, -65504.0f, 65504.0f);
  Expr all = reinterpret<uint32_t>(x), sign = (all >> 16) & 0x8000, magnitude = all & 0x7fffffff;
  // A subnormal is a whole number of 2^-24, which the sum with 1/2 rounds to.
  Expr subnormal = reinterpret<uint32_t>(strict_float(reinterpret<float>(magnitude) + 0.5f)) - 0x3f000000;
  Expr normal = (magnitude + 0xfff + ((magnitude >> 13) & 1) - (112 << 23)) >> 13;
  return cast<uint16_t>(select(magnitude < (113 << 23), subnormal, normal) | sign);
}

} // namespace tern
