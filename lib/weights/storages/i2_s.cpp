//===- i2_s.cpp - Four trits in a byte and one scale, of a GGUF file --------===//
//
// bitnet.cpp's I2_S as its x86 builds write it: blocks of 128 columns, whose quarters are in the fields of 32 bytes,
// the first on top, and one float scale behind the tensor. The code 3 is no weight.
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/block_integers.h"

namespace tern {

TERN_BLOCK_STORAGE(I2s, "i2_s", WeightValues::Trits);

} // namespace tern
