//===- device_ceilings.cpp - A tuning file's ceilings -------------------------===//
#include "runtime/measure/bench/device_ceilings.h"

#include "runtime/measure/bench/ceilings.h"

#include <algorithm>
#include <optional>

namespace tern {

/// Enough for a median that one busy moment does not move.
static constexpr int64_t kRounds = 3;

Status addCeilings(TuningDevice &device, std::span<const int64_t> threads) {
  std::optional<ColdBuffer> buffer;
  for (int64_t count : threads) {
    if (std::ranges::find(device.ceilings, count, &TuningCeilings::threads) != device.ceilings.end())
      continue;
    if (!buffer) {
      Result<ColdBuffer> created = ColdBuffer::create(kColdBytes);
      if (!created)
        return created.error();
      buffer = std::move(*created);
    }
    Result<std::unique_ptr<ThreadTeam>> team = ThreadTeam::create(uint64_t(count));
    if (!team)
      return team.error();
    Ceilings ceilings;
    ceilings.loop = &dotLoopFor(/*tiles=*/true); // there are kernels of both kinds among those that are tuned
    for (int64_t round = 0; round < kRounds; ++round)
      measureCeilings(**team, *buffer, ceilings);
    device.ceilings.push_back({count, ceilings.bandwidth(), ceilings.dotPeak()});
  }
  return {};
}

} // namespace tern
