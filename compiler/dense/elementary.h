//===- elementary.h - Elementary functions from plain arithmetic ----------===//
//
// Kernels call no library function, so what the hardware does not have is spelled out here, the
// same on every target.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <Halide.h>

namespace tern {

/// exp(x) for float32 within 2 units in the last place on [-87, 88]; arguments outside are moved to
/// the nearest end, so the result is always a normal number.
Halide::Expr exponential(Halide::Expr x);

/// exp(x) rounded correctly in all but about one case in 10^7: computed in float64, for where the last bit decides on
/// codes.
Halide::Expr exponentialRounded(Halide::Expr x);

/// The integer nearest to x, halves to even, as int32, for |x| <= 2^21.
Halide::Expr roundToNearestEven(Halide::Expr x);

/// The value of a bfloat16 by its bits, exact.
Halide::Expr widenBfloat16(Halide::Expr bits);

/// The value of a finite float16 (IEEE 754 binary16) by its bits, exact.
Halide::Expr widenFloat16(Halide::Expr bits);

/// The bits of the float16 nearest to a float32, ties to even; beyond its range the largest one, 65504, with the sign.
Halide::Expr narrowToFloat16(Halide::Expr x);

} // namespace tern
