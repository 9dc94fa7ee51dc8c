//===- reference.cpp - The scalar arithmetic that every kernel must equal --===//
#include "lib/trit/reference.h"

#include <algorithm>
#include <cmath>

namespace tern {

void referenceMatmul(std::span<const int8_t> weights, std::span<const int8_t> codes, int64_t rows, int64_t columns,
                     int64_t tokens, std::span<int32_t> out) {
  for (int64_t token = 0; token < tokens; ++token)
    for (int64_t row = 0; row < rows; ++row) {
      int32_t sum = 0;
      for (int64_t column = 0; column < columns; ++column)
        sum += int32_t(weights[row * columns + column]) * codes[token * columns + column];
      out[token * rows + row] = sum;
    }
}

float referenceQuantize(std::span<const float> x, std::span<int8_t> codes, int32_t &sum, const ActivationCodes &rule) {
  float largest = 0;
  double total = 0;
  for (float value : x) {
    largest = std::max(largest, std::fabs(value));
    total += std::fabs(value);
  }
  bool mean = rule.statistic == ActivationCodes::Statistic::AbsMean;
  float scale = rule.scale(mean ? float(total / double(x.size())) : largest);
  sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    codes[i] = int8_t(std::clamp(std::nearbyint(x[i] * scale), rule.least(), rule.most()));
    sum += codes[i];
  }
  return scale;
}

} // namespace tern
