//===- kernel_table.cpp - The kernels that there are ----------------------===//
#include "compiler/select/kernel_table.h"

#include <algorithm>

using namespace llvm;

namespace tern {

using ternary::Strategy;
using ternary::UnpackMode;

static constexpr StringRef kAvx512Vnni[] = {"avx512vnni", "avx512bw", "avx512vl"};
static constexpr StringRef kAvx512Vbmi[] = {"avx512vbmi", "avx512vnni", "avx512bw", "avx512vl"};
static constexpr StringRef kAvxVnni[] = {"avxvnni", "avx2"};
static constexpr StringRef kAvx2[] = {"avx2"};
static constexpr StringRef kI8mm[] = {"i8mm", "neon"};

static constexpr KernelParameters dot(UnpackMode unpack, int64_t tokens, int64_t prefetch) {
  return {.strategy = Strategy::Dot, .unpack = unpack, .tokens = tokens, .unroll = 1, .prefetch = prefetch};
}

/// Masking saves the shifts but needs four accumulators a row; a block of tokens has no registers for that. Weights per cycle count
/// 64 weights of one row: 4 dots (each 1 instruction with VNNI, 3 without) at the vector's width, one a cycle.
static const KernelFamily kFamilies[] = {
    {.name = "dot2-v64",
     .layout = {Encoding::Codes2, 4, 256},
     .one = dot(UnpackMode::Mask, 1, 4096),
     .block = dot(UnpackMode::Shift, 4, 0),
     .features = kAvx512Vnni,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 64},
    {.name = "dot2-v32-vnni",
     .layout = {Encoding::Codes2, 4, 128},
     .one = dot(UnpackMode::Shift, 1, 4096),
     .block = dot(UnpackMode::Shift, 2, 0),
     .features = kAvxVnni,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 32},
    {.name = "dot2-v32",
     .layout = {Encoding::Codes2, 4, 128},
     .one = dot(UnpackMode::Shift, 1, 4096),
     .block = dot(UnpackMode::Shift, 2, 0),
     .features = kAvx2,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 11},
    {.name = "dot2-v16-i8mm",
     .layout = {Encoding::Codes2, 4, 64},
     .one = dot(UnpackMode::Mask, 1, 0),
     .block = dot(UnpackMode::Shift, 4, 0),
     .features = kI8mm,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 16},
    {.name = "dot2-v16",
     .layout = {Encoding::Codes2, 4, 64},
     .one = dot(UnpackMode::Shift, 1, 0),
     .block = dot(UnpackMode::Shift, 1, 0),
     .features = {},
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 1},
    // 320 weights are 12 instructions of 512 bits, two a cycle; on Zen 4 permutes and dots contend for one port, and 38 are reached.
    {.name = "dot1.6-v64",
     .layout = {Encoding::Trits5, 4, 320},
     .one = dot(UnpackMode::Mask, 1, 4096),
     .block = dot(UnpackMode::Shift, 4, 0),
     .features = kAvx512Vbmi,
     .bitsPerWeight = 1.6,
     .weightsPerCycle = 38},
    {.name = "dot1.6-v32",
     .layout = {Encoding::Trits5, 4, 160},
     .one = dot(UnpackMode::Shift, 1, 4096),
     .block = dot(UnpackMode::Shift, 2, 0),
     .features = kAvx2,
     .bitsPerWeight = 1.6,
     .weightsPerCycle = 9},
    {.name = "dot1.6-v16",
     .layout = {Encoding::Trits5, 4, 80},
     .one = dot(UnpackMode::Shift, 1, 0),
     .block = dot(UnpackMode::Shift, 1, 0),
     .features = {},
     .bitsPerWeight = 1.6,
     .weightsPerCycle = 0.8},
};

/// What a core reads while its neighbours read too: alone it gets 25 to 31 GB/s at 3.5 to 4 GHz, two together 40 to 45
/// (docs/performance.md).
static constexpr double kBytesPerCycle = 6;

double KernelFamily::cost() const {
  double issue = 1 / weightsPerCycle, memory = bitsPerWeight / 8 / kBytesPerCycle;
  return 1000 * std::max(issue, memory);
}

ArrayRef<KernelFamily> kernelFamilies() { return kFamilies; }

const KernelFamily *findKernelFamily(StringRef name) {
  for (const KernelFamily &family : kFamilies)
    if (family.name == name)
      return &family;
  return nullptr;
}

} // namespace tern
