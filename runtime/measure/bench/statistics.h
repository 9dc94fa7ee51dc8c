//===- statistics.h - Figures of repeated measurements ----------------------===//
#pragma once

#include "lib/base/json.h"

#include <span>
#include <vector>

namespace tern {

/// Repeated measurements of one quantity, in one unit. The figures of no values are 0.
class Sample {
public:
  void add(double value) { all.push_back(value); }
  std::span<const double> values() const { return all; }

  double mean() const;
  /// Of the sample (divided by n - 1); 0 for fewer than two values.
  double deviation() const;
  /// The mean of the two middle values when their number is even.
  double median() const;
  double minimum() const;
  double maximum() const;
  /// {"mean", "stddev", "median", "min", "max", "values": [...]}
  Json toJson() const;

private:
  std::vector<double> all;
};

} // namespace tern
