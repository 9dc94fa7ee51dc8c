//===- compare.cpp - How far two matrices are apart ----------------------------===//
#include "runtime/eval/compare.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tern {

static bool haveEqualSizes(const Matrix &a, const Matrix &b) {
  return std::ranges::equal(a, b, [](const auto &x, const auto &y) { return x.size() == y.size(); });
}

double relativeError(const Matrix &actual, const Matrix &expected) {
  if (!haveEqualSizes(actual, expected))
    return HUGE_VAL;
  double worst = 0;
  for (size_t t = 0; t < expected.size(); ++t) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < expected[t].size(); ++i) {
      difference += std::pow(actual[t][i] - expected[t][i], 2);
      size += std::pow(expected[t][i], 2);
    }
    double error = difference == 0 ? 0 : std::sqrt(difference / size);
    worst = std::max(worst, std::isnan(error) ? HUGE_VAL : error);
  }
  return worst;
}

double rowError(std::span<const float> actual, std::span<const float> expected) {
  if (actual.size() != expected.size())
    return HUGE_VAL;
  double difference = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(double(actual[i]) - expected[i], 2);
    size += std::pow(double(expected[i]), 2);
  }
  double error = difference == 0 ? 0 : std::sqrt(difference / size);
  return std::isfinite(error) ? error : HUGE_VAL; // a NaN is as wrong as can be
}

double largestDifference(const Matrix &actual, const Matrix &expected) {
  if (!haveEqualSizes(actual, expected))
    return HUGE_VAL;
  double worst = 0;
  for (size_t t = 0; t < expected.size(); ++t)
    for (size_t i = 0; i < expected[t].size(); ++i)
      worst = std::max(worst, std::fabs(actual[t][i] - expected[t][i]));
  return worst;
}

double codesApart(const Matrix &actual, const Matrix &expected, size_t heads) {
  if (!haveEqualSizes(actual, expected))
    return HUGE_VAL;
  double worst = 0;
  for (size_t t = 0; t < expected.size(); ++t) {
    size_t length = expected[t].size() / heads;
    for (size_t first = 0; first < heads * length; first += length) {
      double step = 0, difference = 0;
      for (size_t i = first; i < first + length; ++i) {
        step = std::max(step, std::fabs(expected[t][i]) / 127);
        difference = std::max(difference, std::fabs(actual[t][i] - expected[t][i]));
      }
      worst = std::max(worst, difference == 0 ? 0 : difference / step);
    }
  }
  return worst;
}

Matrix joinedPlanes(const Matrix &rows) {
  Matrix codes;
  for (const std::vector<double> &row : rows) {
    size_t half = row.size() / 2;
    std::vector<double> &code = codes.emplace_back(half);
    for (size_t i = 0; i < half; ++i)
      code[i] = 256 * row[i] + row[half + i];
  }
  return codes;
}

} // namespace tern
