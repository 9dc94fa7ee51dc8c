//===- candidates.h - Kernels that are worth timing ---------------------------===//
//
// A search in three steps, since the whole product of families, tiles and parameters would take
// hours: layouts with their family's own kernels, then parameters of the decode kernel, then of the
// prefill kernel, each on what won before.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/emit/target.h"
#include "lib/tuning/tuning_file.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tern {

/// Candidates of one step and how many the cost model left out.
struct CandidateList {
  std::vector<KernelChoice> choices; ///< every text spelled out; the first is the starting point
  size_t pruned = 0;
};

/// What the cost model takes for a matrix on this target, with every text spelled out.
KernelChoice defaultChoice(const TargetInfo &target);

/// Families for ternary weights that the target can run, whose sums are exact and whose cost is at most twice the
/// least, each with 2, 4 and 8 rows in a tile where the encoding has such layouts. The default is
/// first.
CandidateList layoutCandidates(const TargetInfo &target);

/// `from` with other unrolling and prefetch distances of its decode kernel.
CandidateList decodeCandidates(const TargetInfo &target, const KernelChoice &from);

/// `from` with other token blocks (at most `block`), unpacking and prefetch of its prefill kernel.
CandidateList prefillCandidates(const TargetInfo &target, const KernelChoice &from, int64_t block);

} // namespace tern
