//===- q1_0.cpp - Groups of 128 signs, in blocks of a GGUF file ----------===//
//
// ggml's Q1_0: blocks of 128 signs, eight in a byte, with one binary16 scale.
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/block_integers.h"

namespace tern {

TERN_BLOCK_STORAGE(Q10, "q1_0", WeightValues::Signs);

} // namespace tern
