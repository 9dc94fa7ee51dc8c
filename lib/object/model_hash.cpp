//===- model_hash.cpp - The two hashes of a model object ----------------------===//
#include "lib/object/model_hash.h"

// The state is then a plain struct, so that nothing has to be allocated.
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

namespace tern {

uint64_t hashWeights(std::span<const std::byte> file, uint64_t weightsAt, uint64_t weightsBytes) {
  return XXH3_64bits(file.data() + weightsAt, weightsBytes);
}

uint64_t hashRest(std::span<const std::byte> file, uint64_t weightsAt, uint64_t weightsBytes) {
  uint64_t end = file.size() - sizeof(tern_model_trailer) + offsetof(tern_model_trailer, rest_hash);
  uint64_t after = weightsAt + weightsBytes;
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, file.data(), weightsAt);
  XXH3_64bits_update(&state, file.data() + after, end - after);
  return XXH3_64bits_digest(&state);
}

} // namespace tern
