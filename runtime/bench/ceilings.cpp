//===- ceilings.cpp - What this machine can do at most -----------------------===//
#include "runtime/bench/ceilings.h"

namespace tern {

Json Ceilings::toJson() const {
  return {{"threads", threads},
          {"bandwidth", bandwidth()},
          {"read", read.toJson()},
          {"read_prefetched", readAhead.toJson()},
          {"dot_instruction", bestDotLoop().name},
          {"dot_peak", dotPeak()},
          {"dot", dot.toJson()}};
}

void measureCeilings(ThreadTeam &team, const ColdBuffer &buffer, Ceilings &ceilings) {
  ceilings.threads = int64_t(team.size());
  ceilings.read.add(readBandwidth(team, buffer, 0));
  ceilings.readAhead.add(readBandwidth(team, buffer, kReadAhead));
  ceilings.dot.add(dotPeak(team, bestDotLoop()));
}

} // namespace tern
