//===- ceilings.h - What this machine can do at most -------------------------===//
#pragma once

#include "runtime/measure/bench/dot_peak.h"
#include "runtime/measure/bench/read_bandwidth.h"
#include "runtime/measure/bench/statistics.h"

namespace tern {

/// Measured ceilings of a number of threads. The ceiling is the median of the rounds, for reads at the prefetch
/// distance that was fastest.
struct Ceilings {
  int64_t threads = 0;
  const DotLoop *loop = &bestDotLoop(); ///< what `dot` is of
  Sample read;                          ///< bytes per second, without software prefetch
  Sample readAhead;                     ///< with, kReadAhead bytes ahead
  Sample dot;                           ///< multiply-adds per second

  double bandwidth() const { return std::max(read.median(), readAhead.median()); }
  double dotPeak() const { return dot.median(); }
  /// {"threads", "read", "read_prefetched", "bandwidth", "dot_instruction", "dot_peak", "dot"}; bytes and multiply-adds
  /// per second.
  Json toJson() const;
};

inline constexpr int64_t kReadAhead = 4096;

/// What the machine did at one moment, in the units of Ceilings; `read` is the faster way of reading.
struct CeilingMoment {
  double read, dot;
};

/// Adds one round of measurements, and returns it.
CeilingMoment measureCeilings(ThreadTeam &team, const ColdBuffer &buffer, Ceilings &ceilings);

} // namespace tern
