//===- statistics.cpp - Figures of repeated measurements ----------------------===//
#include "runtime/measure/bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tern {

double Sample::mean() const {
  return all.empty() ? 0 : std::accumulate(all.begin(), all.end(), 0.0) / double(all.size());
}

double Sample::deviation() const {
  if (all.size() < 2)
    return 0;
  double middle = mean(), squares = 0;
  for (double value : all)
    squares += (value - middle) * (value - middle);
  return std::sqrt(squares / double(all.size() - 1));
}

double Sample::median() const {
  if (all.empty())
    return 0;
  std::vector<double> sorted = all;
  std::sort(sorted.begin(), sorted.end());
  size_t half = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double Sample::minimum() const { return all.empty() ? 0 : *std::min_element(all.begin(), all.end()); }

double Sample::maximum() const { return all.empty() ? 0 : *std::max_element(all.begin(), all.end()); }

Json Sample::toJson() const {
  return {{"mean", mean()},   {"stddev", deviation()}, {"median", median()},
          {"min", minimum()}, {"max", maximum()},      {"values", all}};
}

} // namespace tern
