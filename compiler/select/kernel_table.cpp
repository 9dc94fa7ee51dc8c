//===- kernel_table.cpp - The kernels that there are ----------------------===//
#include "compiler/select/kernel_table.h"

#include <algorithm>

using namespace llvm;

namespace tern {

using ternary::Strategy;
using ternary::UnpackMode;

static constexpr StringRef kAvx512Vnni[] = {"avx512vnni", "avx512bw", "avx512vl"};
static constexpr StringRef kAvx512Bw[] = {"avx512bw", "avx512vl"};
static constexpr StringRef kAvxVnni[] = {"avxvnni", "avx2"};
static constexpr StringRef kAvx2[] = {"avx2"};
static constexpr StringRef kI8mm[] = {"i8mm", "neon"};

static constexpr KernelParameters dot(UnpackMode unpack, int64_t tokens, int64_t prefetch) {
  return {.strategy = Strategy::Dot, .unpack = unpack, .tokens = tokens, .unroll = 1, .prefetch = prefetch};
}

/// Rows in lanes, tables of at most 8,064 columns (lut3: 172 KB a token) so that they stay in a second-level cache. Weights per cycle of
/// lookups were measured from cache on a Zen 4 (docs/performance.md); prefetching made every one of them slower.
static constexpr KernelParameters lut(int64_t width, int64_t tokens) {
  return {.strategy = Strategy::Lut, .tokens = tokens, .width = width, .stretch = 8064 / tokens};
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
    {.name = "lut3-v64",
     .layout = {Encoding::Lut3, 256, 9},
     .one = lut(64, 1),
     .block = lut(64, 2),
     .features = kAvx512Bw,
     .bitsPerWeight = 16.0 / 9,
     .weightsPerCycle = 57,
     .automatic = false},
    {.name = "tl1-v64",
     .layout = {Encoding::Tl1, 256, 16},
     .one = lut(64, 1),
     .block = lut(64, 1),
     .features = kAvx512Bw,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 31,
     .automatic = false},
    {.name = "tl1-v32",
     .layout = {Encoding::Tl1, 128, 16},
     .one = lut(32, 1),
     .block = lut(32, 1),
     .features = kAvx2,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 28,
     .automatic = false},
    {.name = "tl1-v16",
     .layout = {Encoding::Tl1, 32, 16},
     .one = lut(16, 1),
     .block = lut(16, 1),
     .features = {},
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 0.5,
     .automatic = false},
    {.name = "tl2-v64",
     .layout = {Encoding::Tl2, 256, 24},
     .one = lut(64, 1),
     .block = lut(64, 1),
     .features = kAvx512Bw,
     .bitsPerWeight = 40.0 / 24,
     .weightsPerCycle = 31,
     .automatic = false},
    {.name = "tl2-v32",
     .layout = {Encoding::Tl2, 128, 24},
     .one = lut(32, 1),
     .block = lut(32, 1),
     .features = kAvx2,
     .bitsPerWeight = 40.0 / 24,
     .weightsPerCycle = 27,
     .automatic = false},
    {.name = "tl2-v16",
     .layout = {Encoding::Tl2, 32, 24},
     .one = lut(16, 1),
     .block = lut(16, 1),
     .features = {},
     .bitsPerWeight = 40.0 / 24,
     .weightsPerCycle = 0.5,
     .automatic = false},
};

/// One core of a server or desktop reads 25 to 31 GB/s at 3.5 to 4 GHz (docs/performance.md).
static constexpr double kBytesPerCycle = 8;

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
