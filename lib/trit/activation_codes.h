//===- activation_codes.h - What activations are rounded to -----------------===//
#pragma once

#include <cstdint>

namespace tern {

/// How a token's activations become integer codes before a product:
///
///   scale = range / max(statistic of |x|, floor),  code = clamp(roundToNearestEven(x * scale), least(), most())
///
/// so that a number is about code / scale. int8 of the largest magnitude is BitNet b1.58's (2504.12285, section 2), on
/// 128 instead of 127 b1.58 Reloaded's (2407.09527), int4 of the mean magnitude on sqrt(7) BitNet a4.8's (2411.04965,
/// section 2).
///
/// Codes of 16 bits stand in for float activations. They are two planes of bytes, code = 256 high + low with low in
/// [-128, 127], so that kernels of bytes multiply them: a product of the code is 256 times that of the high byte plus
/// that of the low one.
struct ActivationCodes {
  enum class Statistic : uint8_t { AbsMax, AbsMean };

  int bits = 8; ///< of a code: 2 to 8, stored in a byte, or 16, in two
  Statistic statistic = Statistic::AbsMax;
  float range = 127;
  float floor = 1e-5f; ///< positive: a row of zeros has a scale
  /// Whether range / m is range * (1 / m), rounded twice, as torch divides a number by a tensor, or one division.
  bool roundedTwice = true;

  /// Codes of 16 bits of the largest magnitude: their error is at most 1/65024 of it. The floor only keeps the scale of
  /// a row of zeros finite: float activations have none.
  static ActivationCodes wide() { return {.bits = 16, .range = kMostWide, .floor = 1e-20f, .roundedTwice = false}; }
  /// What a code of 16 bits may be, so that both its bytes are in range.
  static constexpr float kMostWide = 127 * 256;

  /// Bytes of a code.
  int planes() const { return bits > 8 ? 2 : 1; }
  float least() const { return bits > 8 ? -kMostWide : -float(1 << (bits - 1)); }
  float most() const { return bits > 8 ? kMostWide : float((1 << (bits - 1)) - 1); }
  /// The bytes of a code of two planes.
  static int32_t highByte(int32_t code) { return (code + 128) >> 8; }
  static int32_t lowByte(int32_t code) { return code - 256 * highByte(code); }
  /// The scale of a row whose statistic is `m`.
  float scale(float m) const {
    float divisor = m > floor ? m : floor;
    return roundedTwice ? 1.0f / divisor * range : range / divisor;
  }
  bool operator==(const ActivationCodes &) const = default;
};

} // namespace tern
