//===- tq1_0.cpp - Five trits in a byte, in blocks of a GGUF file ----------===//
//
// ggml's TQ1_0: blocks of 256 trits, five in a byte as digits of base 3, with one binary16 scale.
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/block_integers.h"

namespace tern {

TERN_BLOCK_STORAGE(Tq10, "tq1_0", WeightValues::Trits);

} // namespace tern
