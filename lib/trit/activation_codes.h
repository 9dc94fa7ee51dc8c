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
struct ActivationCodes {
  enum class Statistic : uint8_t { AbsMax, AbsMean };

  int bits = 8; ///< of a code: 2 to 8, stored in a byte
  Statistic statistic = Statistic::AbsMax;
  float range = 127;
  float floor = 1e-5f; ///< positive: a row of zeros has a scale
  /// Whether range / m is range * (1 / m), rounded twice, as torch divides a number by a tensor, or one division.
  bool roundedTwice = true;

  float least() const { return -float(1 << (bits - 1)); }
  float most() const { return float((1 << (bits - 1)) - 1); }
  /// The scale of a row whose statistic is `m`.
  float scale(float m) const {
    float divisor = m > floor ? m : floor;
    return roundedTwice ? 1.0f / divisor * range : range / divisor;
  }
  bool operator==(const ActivationCodes &) const = default;
};

} // namespace tern
