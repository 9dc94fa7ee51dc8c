//===- logit_bounds.cpp - Between which floats a logit must lie -----------===//
#include "lib/head/logit_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tern {

/// The largest |X|: 254 * 127 + 126, so that both bytes stay within 127.
static constexpr double kLargestCode = 32384;

/// To the nearest integer, ties to even, for |x| < 2^51: beyond 2^52 float64 has no fractions. A call of nearbyint
/// takes 5 ns, twice a column.
static inline double roundToEven(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

void encodeHidden(std::span<const float> x, HiddenCodes &codes) {
  float largest = 0;
  bool finite = true;
  for (float value : x) {
    finite = finite && std::isfinite(value);
    largest = std::max(largest, std::fabs(value));
  }
  codes.usable = finite && largest > 0;
  if (!codes.usable)
    return;
  size_t padded = size_t(codeColumns(int64_t(x.size())));
  codes.bytes.assign(2 * padded, 0);
  codes.step = double(largest) / kLargestCode;
  double inverse = 1 / codes.step, squares = 0, codeSquares = 0, errors = 0;
  codes.sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    double number = std::clamp(roundToEven(x[i] * inverse), -kLargestCode, kLargestCode);
    double high = roundToEven(number * (1.0 / 254));
    codes.bytes[i] = int8_t(high);
    codes.bytes[padded + i] = int8_t(number - 254 * high);
    codes.sum += number;
    double error = x[i] - codes.step * number;
    squares += double(x[i]) * x[i];
    codeSquares += number * number;
    errors += error * error;
  }
  // 2^-30 covers the roundings of sums of 2^20 squares in float64, 2^-48 of the norm those of the differences.
  codes.norm = std::sqrt(squares) * (1 + 0x1p-30);
  codes.codesNorm = codes.step * std::sqrt(codeSquares) * (1 + 0x1p-30);
  codes.error = std::sqrt(errors) * (1 + 0x1p-30) + codes.norm * 0x1p-48;
}

RowFigureArrays figureArrays(const float *figures, int64_t rows) {
  return {{figures, figures + rows}, {figures + 2 * rows, figures + 3 * rows}, figures + 4 * rows};
}

LogitBounds::LogitBounds(const HiddenCodes &hidden, int64_t columns, const RowFigureArrays &figures)
    : figures(figures), step(hidden.step), centre{codeCentre(0) * hidden.sum, codeCentre(1) * hidden.sum} {
  // The head's own rounding: gamma_n of Higham (Accuracy and Stability, section 3.1) for any order of n - 1 additions,
  // fused or not.
  double n = double(columns) * 0x1p-24, gamma = n / (1 - n);
  constexpr double slack = 1 + 0x1p-40; // roundings of this class, each 2^-53
  perResidual = hidden.codesNorm * slack;
  perNorm = (hidden.error + gamma * hidden.norm + hidden.codesNorm * 0x1p-45) * slack;
  perRow = double(columns) * 0x1p-149; // products that underflow
  largestNorm = 0x1p126 / hidden.norm;
}

/// The float interval around [value - radius, value + radius]: one float32 rounding is at most 2^-24 of the value or
/// 2^-150.
static inline void store(double value, double radius, bool known, float &lower, float &upper) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double low = value - radius, high = value + radius;
  low -= std::fabs(low) * 0x1p-23 + 0x1p-149;
  high += std::fabs(high) * 0x1p-23 + 0x1p-149;
  lower = float(known ? low : -infinity);
  upper = float(known ? high : infinity);
}

void LogitBounds::coarse(std::span<const CodeSums> sums, int64_t first, float *lower, float *upper) const {
  const float *scale = figures.scale[0] + first, *residual = figures.residual[0] + first, *norm = figures.norm + first;
  for (size_t i = 0; i < sums.size(); ++i) {
    double radius = residual[i] * perResidual + norm[i] * perNorm + perRow;
    store(scale[i] * value(0, sums[i]), radius, norm[i] < largestNorm, lower[i], upper[i]);
  }
}

void LogitBounds::fine(CodeSums coarseSums, CodeSums fineSums, int64_t row, float &lower, float &upper) const {
  double radius = figures.residual[1][row] * perResidual + figures.norm[row] * perNorm + perRow;
  double centreValue = figures.scale[0][row] * value(0, coarseSums) + figures.scale[1][row] * value(1, fineSums);
  store(centreValue, radius, figures.norm[row] < largestNorm, lower, upper);
}

} // namespace tern
