//===- ceilings.cpp - What this machine can do at most -----------------------===//
#include "runtime/measure/bench/ceilings.h"

namespace tern {

Json Ceilings::toJson() const {
  return {{"threads", threads},
          {"bandwidth", bandwidth()},
          {"read", read.toJson()},
          {"read_prefetched", readAhead.toJson()},
          {"dot_instruction", loop->name},
          {"dot_peak", dotPeak()},
          {"dot", dot.toJson()}};
}

CeilingMoment measureCeilings(ThreadTeam &team, const ColdBuffer &buffer, Ceilings &ceilings) {
  double read = readBandwidth(team, buffer, 0), readAhead = readBandwidth(team, buffer, kReadAhead);
  double dot = dotPeak(team, *ceilings.loop);
  ceilings.threads = int64_t(team.size());
  ceilings.read.add(read);
  ceilings.readAhead.add(readAhead);
  ceilings.dot.add(dot);
  return {std::max(read, readAhead), dot};
}

} // namespace tern
