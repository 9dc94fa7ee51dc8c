//===- float_rows.cpp - A matrix of floats, and figures of its magnitudes ------===//
#include "lib/weights/float_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tern {

std::string numberText(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", double(value));
  return text;
}

std::string FloatRows::placeOf(int64_t row, int64_t column, float value) const {
  return where() + ": weight [" + std::to_string(row) + ", " + std::to_string(column) + "] is " + numberText(value);
}

Result<std::span<const float>> FloatRows::read(int64_t first, int64_t count) {
  floats.resize(size_t(count * columns()));
  if (Status status = view.file->readFloats(*view.info, first * columns(), floats); !status)
    return status.error();
  return std::span<const float>(floats);
}

Status FloatRows::forEach(const std::function<Status(int64_t first, std::span<const float> values)> &take) {
  int64_t step = std::max<int64_t>(1, (1 << 18) / columns());
  for (int64_t row = 0; row < rows(); row += step) {
    Result<std::span<const float>> values = read(row, std::min(step, rows() - row));
    if (!values)
      return values.error();
    if (Status status = take(row, *values); !status)
      return status;
  }
  return {};
}

static Result<float> absmean(FloatRows &matrix) {
  double sum = 0;
  Status status = matrix.forEach([&](int64_t, std::span<const float> values) -> Status {
    for (float value : values)
      sum += std::fabs(double(value));
    return {};
  });
  if (!status)
    return status.error();
  return float(sum / double(matrix.rows() * matrix.columns()));
}

static Result<float> absmax(FloatRows &matrix) {
  float most = 0;
  Status status = matrix.forEach([&](int64_t, std::span<const float> values) -> Status {
    for (float value : values)
      most = std::isnan(value) ? INFINITY : std::max(most, std::fabs(value));
    return {};
  });
  if (!status)
    return status.error();
  return most;
}

static Result<float> lowerMedian(FloatRows &matrix) {
  std::vector<float> magnitudes;
  magnitudes.reserve(size_t(matrix.rows() * matrix.columns()));
  bool hasNan = false;
  Status status = matrix.forEach([&](int64_t, std::span<const float> values) -> Status {
    for (float value : values) {
      hasNan |= !std::isfinite(value);
      magnitudes.push_back(std::fabs(value));
    }
    return {};
  });
  if (!status)
    return status.error();
  if (hasNan) // which have no order
    return INFINITY;
  auto middle = magnitudes.begin() + int64_t((magnitudes.size() - 1) / 2);
  std::nth_element(magnitudes.begin(), middle, magnitudes.end());
  return *middle;
}

Result<float> magnitudeOf(FloatRows &matrix, ScaleOrigin figure) {
  Result<float> value = figure == ScaleOrigin::Median   ? lowerMedian(matrix)
                        : figure == ScaleOrigin::Absmax ? absmax(matrix)
                                                        : absmean(matrix);
  if (!value)
    return value;
  if (!std::isfinite(*value))
    return Error{matrix.where() + ": holds a NaN or an infinity"};
  return std::max(*value, 1e-5f);
}

} // namespace tern
