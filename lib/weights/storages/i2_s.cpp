//===- i2_s.cpp - Four trits in a byte and one scale, of a GGUF file ---===//
//
// bitnet.cpp's I2_S: four trits in a byte, in blocks of 128 (x86) or 64 (aarch64) columns, and one float scale behind
// the tensor. The code 3 is no weight.
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/block_integers.h"

namespace tern {

TERN_BLOCK_STORAGE(I2s, "i2_s", WeightValues::Trits);

} // namespace tern
