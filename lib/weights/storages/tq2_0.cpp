//===- tq2_0.cpp - Four trits in a byte, in blocks of a GGUF file ----------===//
//
// ggml's TQ2_0: blocks of 256 trits, four in a byte, with one binary16 scale. The code 3 would be +2 and is no weight.
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/block_integers.h"

namespace tern {

TERN_BLOCK_STORAGE(Tq20, "tq2_0", WeightValues::Trits);

} // namespace tern
