//===- reference.cpp - The scalar arithmetic that every kernel must equal --===//
#include "lib/trit/reference.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

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

void referenceGroupMatmul(std::span<const int8_t> weights, std::span<const float> scales, std::span<const int8_t> codes,
                          int64_t rows, int64_t columns, int64_t groups, int64_t tokens, std::span<float> out) {
  int64_t group = columns / groups;
  for (int64_t token = 0; token < tokens; ++token)
    for (int64_t row = 0; row < rows; ++row) {
      float total = 0;
      for (int64_t g = 0; g < groups; ++g) {
        int32_t sum = 0;
        for (int64_t column = g * group; column < (g + 1) * group; ++column)
          sum += int32_t(weights[size_t(row * columns + column)]) * codes[size_t(token * columns + column)];
        volatile float product = float(sum) * scales[size_t(row * groups + g)]; // not fused with the sum
        total += product;
      }
      out[size_t(token * rows + row)] = total;
    }
}

float referenceCodes(std::span<const float> x, std::span<int32_t> codes, const ActivationCodes &rule) {
  float largest = 0;
  double total = 0;
  for (float value : x) {
    largest = std::max(largest, std::fabs(value));
    total += std::fabs(value);
  }
  bool mean = rule.statistic == ActivationCodes::Statistic::AbsMean;
  float scale = rule.scale(mean ? float(total / double(x.size())) : largest);
  for (size_t i = 0; i < x.size(); ++i)
    codes[i] = int32_t(std::clamp(std::nearbyint(x[i] * scale), rule.least(), rule.most()));
  return scale;
}

float referenceQuantize(std::span<const float> x, std::span<int8_t> codes, int32_t &sum, const ActivationCodes &rule) {
  std::vector<int32_t> wide(x.size());
  float scale = referenceCodes(x, wide, rule);
  std::ranges::copy(wide, codes.begin());
  sum = std::accumulate(wide.begin(), wide.end(), int32_t(0));
  return scale;
}

} // namespace tern
