//===- cpu_facts.cpp - What was measured on a CPU --------------------------===//
//
// rowsFetch. Fetching 4 KB ahead takes kernels on Emerald Rapids from 26.5 to 57.5 GMAC/s (dot1.6-v64) and from 26.7 to
// 36.6 (dot2-v32-vnni), on Zen 5 from 171 to 194 and from 130 to 150; 8 KB are 3 to 5 % more for dot1.6-v64 on both. On
// Zen 4, whose hardware follows a stream from memory by itself, it takes 10 % of a whole step's speed (2B4T, one
// thread: 44.8 to 40.4 tok/s).
//
// columnsFetch, columnsSkipBelow. 2560 x 6912 at 30 % density, one thread, us: on Zen 5 5, 6, 8, 10 and 12 KB ahead
// give 60, 54, 65, 71 and 76 into the first level, 67, 62, 64, 67 and 72 into the second; on Zen 4 the second level is
// better (41 against 113), and 16 KB than 4 (41 against 54); on Emerald Rapids all are equal (149 to 159). At 50 and 70
// % they take 90 and 125 on Zen 5, all columns 116.
//
// firstLevelFetch. Further ahead the hardware is better at columns in their order (Zen 4); on Zen 5 it is not (137 us
// for 2560 x 6912, 116 if fetched).
//
// screenFetch. A line of a later row for each line of this one, into the second level, rows of 1,280 bytes, one thread,
// GB/s, all of 131,072 and every ninth (medians of 11 in turn):
//
//   ahead       Zen 4        Emerald Rapids
//   nothing     13   7.2      7.3   4.2
//   4 KB        26  16.5     12.2  11.2
//   16 KB       33  24       12.4  14.7
//   32 KB       33  15       12.1   9.4
//   plain read  32           14
//
// On Zen 5 all rows come at 37.5, 39.7 and 37.5 GB/s with 5, 10 and 16 KB (two threads 73, 82 and 78), every ninth of
// 640 bytes at 17.5, 17.8 and 18.7 with 5, 8 and 13. 10 KB were not measured on the others. All lines of a later row at
// once took the load buffers from this one: 15 and 7.4 of every ninth.
//
// screenFetchLevel. The head of 2B4T, one thread: 4.94 ms by the first level on Zen 5, 5.14 by the second. On Zen 4
// rows that are no neighbours take 2.3 ms by the first and 1.5 by the second.
//
//===----------------------------------------------------------------------===//
#include "compiler/target/cpu_facts.h"

namespace tern {

namespace {
struct Measured {
  std::string_view cpu;
  CpuFacts facts;
};
} // namespace

/// Emerald Rapids has no row: it is as the defaults say.
static constexpr Measured kMeasured[] = {
    {"znver4", {.rowsFetch = 0, .columnsFetch = 16384}},
    {"znver5", {.columnsFetch = 6144, .columnsSkipBelow = 65, .screenFetchLevel = 1}},
};

const CpuFacts &cpuFacts(std::string_view cpu) {
  static constexpr CpuFacts others;
  for (const Measured &measured : kMeasured)
    if (measured.cpu == cpu)
      return measured.facts;
  return others;
}

} // namespace tern
