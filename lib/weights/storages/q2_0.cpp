//===- q2_0.cpp - Groups of 64 trits, in blocks of a GGUF file ----------===//
//
// ggml's Q2_0: blocks of 64 codes, four in a byte, with one binary16 scale. Code 3 is +2 and is not supported.
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/block_integers.h"

namespace tern {

TERN_BLOCK_STORAGE(Q20, "q2_0", WeightValues::Trits);

} // namespace tern
