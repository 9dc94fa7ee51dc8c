//===- model_hash.h - The two hashes of a model object ------------------------===//
#pragma once

#include "lib/object/model_abi.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tern {

/// What tern_model_trailer.weights_hash and .rest_hash must be for these bytes of a whole file,
/// whose weights are [weightsAt, weightsAt + weightsBytes) and lie before the trailer.
uint64_t hashWeights(std::span<const std::byte> file, uint64_t weightsAt, uint64_t weightsBytes);
uint64_t hashRest(std::span<const std::byte> file, uint64_t weightsAt, uint64_t weightsBytes);

} // namespace tern
