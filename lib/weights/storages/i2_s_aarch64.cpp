//===- i2_s_aarch64.cpp - I2_S in the order of aarch64 ------------------------===//
//
// As i2_s, in blocks of 64 columns: what bitnet.cpp writes and reads on aarch64 under the same type. Nothing in a file
// says which of the two it is; who opens it does (I2sBlocks).
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/block_integers.h"

namespace tern {

TERN_BLOCK_STORAGE(I2sAarch64, "i2_s_aarch64", WeightValues::Trits);

} // namespace tern
