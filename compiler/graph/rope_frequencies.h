//===- rope_frequencies.h - Frequencies of scaled rotary embeddings --------===//
#pragma once

#include "compiler/graph/rope_config.h"

#include "llvm/ADT/SmallVector.h"

namespace tern {

/// The head_dim / 2 angular frequencies of a scaled variant (transformers' modeling_rope_utils: linear divides all by
/// `factor`; llama3 divides long wavelengths, keeps short ones and blends between), or nothing for the default,
/// theta^(-2i / head_dim).
llvm::SmallVector<float> scaledRopeFrequencies(const RopeConfig &rope, int64_t headDim);

} // namespace tern
