//===- row_codes.cpp - The output head's rows in few bits -----------------===//
#include "lib/head/row_codes.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace tern {
namespace {

constexpr double kLevels = 16;

/// The nearest code of value / scale; what lies outside takes the outermost.
int codeOf(double value, double inverse) {
  return int(std::clamp(value * inverse + kLevels / 2, 0.0, kLevels - 1)); // cut off, and not negative: rounded down
}

double squaredError(std::span<const double> values, size_t stride, double scale) {
  double inverse = 1 / scale, sum = 0;
  for (size_t i = 0; i < values.size(); i += stride) {
    double error = values[i] - scale * (codeOf(values[i], inverse) - kCodeCentre);
    sum += error * error;
  }
  return sum;
}

/// A scale with a small error over these values: that which just reaches the largest, or less. Uniform values want the
/// whole range, normal ones about two thirds of it (their 16-level optimum, Max 1960, clips at 2.7 of 3.7 standard
/// deviations), so a few shares are tried, on every fourth value of long rows. The choice decides how tight the bound
/// is, never whether it holds.
float chooseScale(std::span<const double> values) {
  double largest = 0;
  for (double value : values)
    largest = std::max(largest, std::fabs(value));
  size_t stride = values.size() >= 1024 ? 4 : 1;
  float best = float(largest / (kLevels / 2));
  double least = std::numeric_limits<double>::infinity();
  for (double share : {1.0, 0.87, 0.75, 0.64, 0.53}) {
    float scale = float(share * largest / (kLevels / 2));
    if (scale <= 0)
      break; // all weights are 0, or too small to divide
    if (double error = squaredError(values, stride, scale); error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
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
void encodePlane(std::span<double> values, float scale, std::span<uint8_t> plane) {
  std::ranges::fill(plane, uint8_t(0));
  double inverse = scale > 0 ? 1 / double(scale) : 0;
  constexpr int64_t half = kCodeBlock / 2;
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t block = int64_t(i) / kCodeBlock, within = int64_t(i) % kCodeBlock;
    int code = codeOf(values[i], inverse);
    plane[size_t(block * half + within % half)] |= uint8_t(code << (within < half ? 0 : 4));
    values[i] -= double(scale) * (code - kCodeCentre);
  }
}

} // namespace

RowFigures encodeRow(std::span<const float> row, std::span<uint8_t> coarse, std::span<uint8_t> fine) {
  assert(int64_t(coarse.size()) == codeRowBytes(int64_t(row.size())) && fine.size() == coarse.size());
  std::vector<double> rest(row.begin(), row.end());
  RowFigures figures{};
  // Sums of squares in float64: 2^-40 covers the roundings of 2^12 additions and more, the share of the norm those of
  // the differences.
  double whole = norm(rest) * (1 + 0x1p-30);
  figures.norm = roundUp(whole);
  for (int plane = 0; plane < kCodePlanes; ++plane) {
    figures.scale[plane] = chooseScale(rest);
    encodePlane(rest, figures.scale[plane], plane == 0 ? coarse : fine);
    figures.residual[plane] = roundUp(norm(rest) * (1 + 0x1p-30) + whole * 0x1p-48);
  }
  return figures;
}

} // namespace tern
