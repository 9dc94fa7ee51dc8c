//===- row_codes.cpp - The output head's rows in few bits -----------------===//
#include "lib/head/row_codes.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace tern {
namespace {

/// What a plane can tell apart.
template <int64_t plane> constexpr double kLevels = double(1 << kCodeBits[plane]);

/// The nearest code of value / scale; what lies outside takes the outermost.
template <int64_t plane> int codeOf(double value, double inverse) {
  constexpr double levels = kLevels<plane>;
  return int(std::clamp(value * inverse + levels / 2, 0.0, levels - 1)); // cut off, and not negative: rounded down
}

template <int64_t plane> double squaredError(std::span<const double> values, size_t stride, double scale) {
  double inverse = 1 / scale, sum = 0;
  for (size_t i = 0; i < values.size(); i += stride) {
    double error = values[i] - scale * (codeOf<plane>(values[i], inverse) - codeCentre(plane));
    sum += error * error;
  }
  return sum;
}

/// Of scales that reach these values, the one with the smallest error, on every fourth value of long rows. The choice
/// decides how tight the bound is, never whether it holds.
template <int64_t plane> float chooseScale(std::span<const double> values, std::span<const double> reaches) {
  size_t stride = values.size() >= 1024 ? 4 : 1;
  float best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (double reach : reaches) {
    float scale = float(reach / (kLevels<plane> / 2));
    if (scale <= 0)
      continue; // all weights are 0, or too small to divide
    if (double error = squaredError<plane>(values, stride, scale); error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

/// The largest weight or less of it: uniform values want the whole range, normal ones about two thirds (their 16-level
/// optimum, Max 1960, clips at 2.7 of 3.7 standard deviations).
float coarseScale(std::span<const double> values) {
  double largest = 0;
  for (double value : values)
    largest = std::max(largest, std::fabs(value));
  return chooseScale<0>(values, std::array{largest, 0.87 * largest, 0.75 * largest, 0.64 * largest, 0.53 * largest});
}

/// What rounding to the coarse levels leaves is half a step of theirs, and more where the outermost level was clipped
/// to.
float fineScale(std::span<const double> values, float coarseScale) {
  double half = coarseScale / 2;
  return chooseScale<1>(values, std::array{half, 1.2 * half, 1.5 * half, 2 * half});
}

/// The least float not below value.
float roundUp(double value) {
  float rounded = float(value); // infinity when it is too large
  return double(rounded) < value ? std::nextafter(rounded, std::numeric_limits<float>::infinity()) : rounded;
}

double norm(std::span<const double> values) {
  double sum = 0;
  for (double value : values)
    sum += value * value;
  return std::sqrt(sum);
}

/// Takes the codes off the values.
template <int64_t plane> void encodePlane(std::span<double> values, float scale, std::span<uint8_t> bytes) {
  std::ranges::fill(bytes, uint8_t(0));
  double inverse = scale > 0 ? 1 / double(scale) : 0;
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t line = int64_t(i) / codeLineColumns(plane), within = int64_t(i) % codeLineColumns(plane);
    int code = codeOf<plane>(values[i], inverse);
    bytes[size_t(line * kCodeLineBytes + within % kCodeLineBytes)] |=
        uint8_t(code << (within / kCodeLineBytes * kCodeBits[plane]));
    values[i] -= double(scale) * (code - codeCentre(plane));
  }
}

} // namespace

RowFigures encodeRow(std::span<const float> row, std::span<uint8_t> coarse, std::span<uint8_t> fine) {
  assert(int64_t(coarse.size()) == codeRowBytes(int64_t(row.size()), 0));
  assert(int64_t(fine.size()) == codeRowBytes(int64_t(row.size()), 1));
  std::vector<double> rest(row.begin(), row.end());
  RowFigures figures{};
  // Sums of squares in float64: 2^-40 covers the roundings of 2^12 additions and more, the share of the norm those of
  // the differences.
  double whole = norm(rest) * (1 + 0x1p-30);
  figures.norm = roundUp(whole);
  auto residual = [&] { return roundUp(norm(rest) * (1 + 0x1p-30) + whole * 0x1p-48); };
  figures.scale[0] = coarseScale(rest);
  encodePlane<0>(rest, figures.scale[0], coarse);
  figures.residual[0] = residual();
  figures.scale[1] = fineScale(rest, figures.scale[0]);
  encodePlane<1>(rest, figures.scale[1], fine);
  figures.residual[1] = residual();
  return figures;
}

} // namespace tern
