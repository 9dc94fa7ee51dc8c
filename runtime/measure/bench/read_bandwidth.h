//===- read_bandwidth.h - How fast this machine streams from memory ---------===//
//
// The ceiling of decode: a loop that reads a buffer once and does nothing else with it. The buffer is larger than the
// caches, so that every byte comes from memory.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"
#include "runtime/step/arena.h"
#include "runtime/team/thread_team.h"

#include <cstdint>

namespace tern {

/// Memory that is larger than the last-level cache.
class ColdBuffer {
public:
  /// Of at least `bytes`, every memory page touched.
  static Result<ColdBuffer> create(uint64_t bytes);
  uint8_t *data() const { return arena.data(); }
  uint64_t size() const { return bytes; }

private:
  Arena arena;
  uint64_t bytes = 0;
};

/// Bytes that leave no trace of themselves in the caches of any machine we know of: 512 MiB.
inline constexpr uint64_t kColdBytes = 512u << 20;

/// Reads the buffer once, each thread of the team a contiguous part of it, with the widest loads that the CPU has;
/// bytes per second. `prefetch` is the distance of software prefetches in bytes, 0 for none: which one is faster
/// differs between machines, and the ceiling is the faster one.
double readBandwidth(ThreadTeam &team, const ColdBuffer &buffer, int64_t prefetch);

} // namespace tern
