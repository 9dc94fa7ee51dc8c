//===- kernel_table.cpp - The kernels that there are ----------------------===//
#include "compiler/select/kernel_table.h"

using namespace llvm;

namespace tern {

using ternary::Strategy;
using ternary::UnpackMode;

static constexpr StringRef kAvx512Vnni[] = {"avx512vnni", "avx512bw", "avx512vl"};
static constexpr StringRef kAvxVnni[] = {"avxvnni", "avx2"};
static constexpr StringRef kAvx2[] = {"avx2"};
static constexpr StringRef kI8mm[] = {"i8mm", "neon"};

/// Masking saves the shifts but needs four accumulators a row; a block of tokens has no registers for that. Weights per cycle count
/// 64 weights of one row: 4 dots (each 1 instruction with VNNI, 3 without) at the vector's width, one a cycle.
static const KernelFamily kFamilies[] = {
    {"dot2-v64", Strategy::Dot, {Encoding::Codes2, 4, 256}, UnpackMode::Mask, UnpackMode::Shift, 4, 4096, kAvx512Vnni, 2.0, 64},
    {"dot2-v32-vnni", Strategy::Dot, {Encoding::Codes2, 4, 128}, UnpackMode::Shift, UnpackMode::Shift, 2, 4096, kAvxVnni, 2.0, 32},
    {"dot2-v32", Strategy::Dot, {Encoding::Codes2, 4, 128}, UnpackMode::Shift, UnpackMode::Shift, 2, 4096, kAvx2, 2.0, 11},
    {"dot2-v16-i8mm", Strategy::Dot, {Encoding::Codes2, 4, 64}, UnpackMode::Mask, UnpackMode::Shift, 4, 0, kI8mm, 2.0, 16},
    {"dot2-v16", Strategy::Dot, {Encoding::Codes2, 4, 64}, UnpackMode::Shift, UnpackMode::Shift, 1, 0, {}, 2.0, 1},
};

ArrayRef<KernelFamily> kernelFamilies() { return kFamilies; }

const KernelFamily *findKernelFamily(StringRef name) {
  for (const KernelFamily &family : kFamilies)
    if (family.name == name)
      return &family;
  return nullptr;
}

} // namespace tern
