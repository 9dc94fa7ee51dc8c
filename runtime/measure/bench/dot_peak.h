//===- dot_peak.h - How fast this machine multiplies 8-bit integers ----------===//
//
// The ceiling of prefill: a loop of the best 8-bit dot instruction that the CPU has, on registers alone, with more
// accumulators than its latency needs.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "runtime/team/thread_team.h"

#include <string_view>

namespace tern {

/// One way to sum products of 8-bit integers into 32-bit ones.
struct DotLoop {
  std::string_view name; ///< "vpdpbusd, 512 bits"
  double macsPerRound;   ///< multiply-adds of one round of the loop
  void (*run)(uint64_t rounds);
};

/// The fastest one of this CPU on vectors; portable code when it has no such instruction.
const DotLoop &bestDotLoop();

/// The one that bounds code which multiplies tiles of a matrix, or only vectors: with `tiles` that of AMX, if this CPU
/// has it and the process may use it.
const DotLoop &dotLoopFor(bool tiles);

/// Whether a kernel, as it is written ("#ternary.amx<...>", in objects of before "... unpack = tiles ..."), multiplies
/// tiles.
bool multipliesTiles(std::string_view kernel);

/// Runs the loop on all threads of the team for about 20 ms; multiply-adds per second of all together.
double dotPeak(ThreadTeam &team, const DotLoop &loop);

} // namespace tern
