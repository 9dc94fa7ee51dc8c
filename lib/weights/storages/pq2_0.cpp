//===- pq2_0.cpp - Groups of 128 trits, in blocks of a GGUF file ----------===//
//
// PrismML's PQ2_0, and its Q2_0 of before: as Q2_0 in blocks of 128.
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/block_integers.h"

namespace tern {

TERN_BLOCK_STORAGE(Pq20, "pq2_0", WeightValues::Trits);

} // namespace tern
