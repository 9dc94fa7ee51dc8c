//===- candidates.h - Kernels that are worth timing ---------------------------===//
//
// Four searches, since the whole product of families, tiles and parameters would take hours: families with
// their own tiles and kernels, then the tiles of the fastest families, then parameters of the decode kernel, then of
// the prefill kernel, each on what won before.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/target/target.h"
#include "lib/tuning/tuning_file.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tern {

/// Candidates of one search and how many the cost model left out.
struct CandidateList {
  std::vector<KernelChoice> choices; ///< every text spelled out; the first is the starting point
  size_t pruned = 0;
};

/// The product that kernels are searched for.
struct TunedProduct {
  int64_t rows, columns;
  int64_t block; ///< most tokens of a prefill step
  int64_t threads;
};

/// Gives measurements of before, whose families and kernels had other texts, those of now, so that a search finds them
/// again; of several that are one now the last stays. What is not for this target, or no kernel of now, is left as it
/// is.
void useCurrentTexts(const TargetInfo &target, std::vector<TuningMeasurement> &measurements);

/// What the cost model takes for a matrix on this target, with every text spelled out.
KernelChoice defaultChoice(const TargetInfo &target);

/// Families for ternary weights that the target can run, whose sums are exact and whose modelled cost is at most twice
/// the default's, each with its own tile, or a smaller one where that would be padding. The default is first.
CandidateList familyCandidates(const TargetInfo &target, const TunedProduct &product);

/// The families of `from` with all the tile rows and columns that their encoding and kernels permit, pruned likewise.
/// Those of `from` are first.
CandidateList tileCandidates(const TargetInfo &target, const TunedProduct &product, std::span<const KernelChoice> from);

/// `from` with other unrolling, prefetch distances and stretches of tables of its decode kernel.
CandidateList decodeCandidates(const TargetInfo &target, const TunedProduct &product, const KernelChoice &from);

/// `from` with other register tiles, unpacking, unrolling, prefetch and stretches of its prefill kernel.
CandidateList prefillCandidates(const TargetInfo &target, const TunedProduct &product, const KernelChoice &from);

} // namespace tern
