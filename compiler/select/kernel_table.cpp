//===- kernel_table.cpp - The kernels that there are ----------------------===//
#include "compiler/select/kernel_table.h"

#include <algorithm>
#include <utility>

using namespace llvm;

namespace tern {

using ternary::Strategy;
using ternary::TableForm;
using ternary::TableRange;
using ternary::UnpackMode;

static constexpr std::string_view kAvx512Vnni[] = {"avx512vnni", "avx512bw", "avx512vl"};
static constexpr std::string_view kAvx512Vbmi[] = {"avx512vbmi", "avx512vnni", "avx512bw", "avx512vl"};
static constexpr std::string_view kAmx[] = {"amx-int8", "amx-tile", "avx512vnni", "avx512bw", "avx512vl"};
static constexpr std::string_view kAmxVbmi[] = {"amx-int8",   "amx-tile", "avx512vbmi",
                                                "avx512vnni", "avx512bw", "avx512vl"};
static constexpr std::string_view kAvx512Bw[] = {"avx512bw", "avx512vl"};
static constexpr std::string_view kAvxVnni[] = {"avxvnni", "avx2"};
static constexpr std::string_view kAvx2[] = {"avx2"};
static constexpr std::string_view kI8mm[] = {"i8mm", "neon"};

/// Columns in lanes (tile_dot.cpp): a row of the tile fills a vector.
static constexpr KernelParameters columnsInLanes(UnpackMode unpack, int64_t tokens, int64_t prefetch) {
  return {.unpack = unpack, .tokens = tokens, .prefetch = prefetch};
}

/// Rows in lanes, tables of at most 8,064 columns (lut3: 172 KB a token) so that they stay in a second-level cache.
/// Weights per cycle of lookups were measured from cache on a Zen 4 (docs/performance.md); prefetching made every one
/// of them slower.
static constexpr KernelParameters lut(int64_t width, int64_t tokens) {
  return {.strategy = Strategy::Lut, .tokens = tokens, .width = width, .stretch = 8064 / tokens};
}

/// Rows in lanes (tile_lanes.cpp). How far ahead they fetch on CPUs that were not measured; rowsFetch in
/// compiler/target/cpu_facts.cpp has the times of those that were.
static constexpr KernelParameters rowsInLanes(UnpackMode unpack, int64_t width, int64_t prefetch, int64_t unroll = 2) {
  return {.unpack = unpack, .unroll = unroll, .prefetch = prefetch, .width = width};
}

/// Blocks of tokens over bytes (tile_panels.cpp): rows / lanes x tokens sums, with room in the register file for the
/// operands; `unroll` quads of columns at a time, as many as a word of a row has fields.
static constexpr KernelParameters panels(int64_t width, int64_t rows, int64_t tokens, int64_t unroll = 4) {
  return {.unpack = UnpackMode::Panel, .tokens = tokens, .unroll = unroll, .width = width, .rows = rows};
}

/// Blocks of tokens by the tile registers of AMX (tile_amx.cpp): four of sums, two of activations and two of weights,
/// so that each that is loaded meets two.
static constexpr KernelParameters kTiles = {.unpack = UnpackMode::Tiles, .tokens = 32, .width = 64, .rows = 32};
/// A product of two tiles starts every 16 cycles.
static constexpr double kTileMacsPerCycle = 16.0 * 16 * 64 / 16;

/// One token's non-zero columns (tile_columns.cpp), on CPUs that were not measured: columnsFetch and columnsSkipBelow
/// in compiler/target/cpu_facts.cpp.
static constexpr KernelParameters nonzeroColumns(int64_t width) {
  return {.prefetch = 8192, .width = width, .skipBelow = 80};
}

/// Bit planes, rows in lanes (decompose_bit_serial.cpp). A tile has 24 columns: the six lookups of a plane that 8-bit
/// sums have room for. Two vectors of rows share a table load where registers hold their sums. Mirrored tables are half
/// as large, full ones save half the instructions.
static KernelFamily bitPlanes(StringRef name, Encoding encoding, int64_t width, ArrayRef<std::string_view> features,
                              double weightsPerCycle, TableRange range = TableRange::Mirrored,
                              TableForm form = TableForm::Halves) {
  KernelParameters kernel = {.strategy = Strategy::BitSerial,
                             .prefetch = width == 32 ? 4096 : 0,
                             .width = width,
                             .range = range,
                             .form = form};
  int64_t vectors = width > 16 && planeCount(encoding) <= 2 ? 2 : 1;
  return {.name = name,
          .layout = {encoding, vectors * width, 24},
          .one = kernel,
          .block = kernel,
          .features = features,
          .bitsPerWeight = double(planeCount(encoding)),
          .weightsPerCycle = weightsPerCycle,
          .automatic = false,
          .exact = form != TableForm::Bytes};
}

/// Masking saves the shifts but needs four accumulators for a vector of rows, which only 32 registers hold. Weights per
/// cycle count the dots (each 1 instruction with VNNI, 3 without) at the vector's width, one a cycle, and for columns2
/// the shuffles beside them.
///
/// A family's name says, joined by dashes:
///   dot and the bits of a weight, bits and the number of planes, or an encoding of lookups: dot2, bits1, lut3, tl1;
///   a word where the family is special: column-lanes has columns in lanes (without a word rows lie there), columns
///     has the layout columns2 and skips columns of zero codes, full and lossy are tables of bit_serial;
///   v and the bytes of a vector, or amx, whose blocks of tokens are products of tile registers and which computes one
///     token as v64 does;
///   an instruction set where families of one vector differ in it: vnni, i8mm.
static const KernelFamily kFamilies[] = {
    {.name = "dot2-v64",
     .layout = {Encoding::Codes2, 64, 16},
     .one = rowsInLanes(UnpackMode::Mask, 64, 4096),
     .block = panels(64, 32, 8),
     .features = kAvx512Vnni,
     .fetch = &CpuFacts::rowsFetch,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 64},
    {.name = "dot2-amx",
     .layout = {Encoding::Codes2, 64, 16},
     .one = rowsInLanes(UnpackMode::Mask, 64, 4096),
     .block = kTiles,
     .features = kAmx,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 64,
     .blockMacsPerCycle = kTileMacsPerCycle},
    {.name = "dot2-column-lanes-v64",
     .layout = {Encoding::Codes2, 4, 256},
     .one = columnsInLanes(UnpackMode::Mask, 1, 4096),
     .block = columnsInLanes(UnpackMode::Shift, 4, 0),
     .features = kAvx512Vnni,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 60},
    {.name = "dot2-columns-v64",
     .layout = {Encoding::Columns2, 256, 16},
     .one = nonzeroColumns(64),
     .block = panels(64, 32, 8),
     .features = kAvx512Vnni,
     .fetch = &CpuFacts::columnsFetch,
     .skipBelow = &CpuFacts::columnsSkipBelow,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 42},
    {.name = "dot2-columns-amx",
     .layout = {Encoding::Columns2, 256, 16},
     .one = nonzeroColumns(64),
     .block = kTiles,
     .features = kAmx,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 42,
     .blockMacsPerCycle = kTileMacsPerCycle},
    {.name = "dot2-v32-vnni",
     .layout = {Encoding::Codes2, 64, 16},
     .one = rowsInLanes(UnpackMode::Shift, 32, 4096),
     .block = panels(32, 16, 4),
     .features = kAvxVnni,
     .fetch = &CpuFacts::rowsFetch,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 32},
    {.name = "dot2-v32",
     .layout = {Encoding::Codes2, 64, 16},
     .one = rowsInLanes(UnpackMode::Shift, 32, 0),
     .block = panels(32, 16, 4),
     .features = kAvx2,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 11},
    {.name = "dot2-columns-v32",
     .layout = {Encoding::Columns2, 256, 16},
     .one = nonzeroColumns(32),
     .block = panels(32, 16, 4),
     .features = kAvx2,
     .fetch = &CpuFacts::columnsFetch,
     .skipBelow = &CpuFacts::columnsSkipBelow,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 9},
    {.name = "dot2-v16-i8mm",
     .layout = {Encoding::Codes2, 32, 16},
     .one = rowsInLanes(UnpackMode::Shift, 16, 0),
     .block = panels(16, 16, 4),
     .features = kI8mm,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 16},
    {.name = "dot2-v16",
     .layout = {Encoding::Codes2, 32, 16},
     .one = rowsInLanes(UnpackMode::Shift, 16, 0),
     .block = panels(16, 8, 2),
     .features = {},
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 1},
    {.name = "dot2-columns-v16",
     .layout = {Encoding::Columns2, 256, 16},
     .one = nonzeroColumns(16),
     .block = panels(16, 8, 2),
     .features = {},
     .fetch = &CpuFacts::columnsFetch,
     .skipBelow = &CpuFacts::columnsSkipBelow,
     .bitsPerWeight = 2.0,
     .weightsPerCycle = 0.9},
    // 320 weights are 12 instructions of 512 bits, two a cycle; on Zen 4 permutes and dots contend for one port, and 38
    // are reached.
    {.name = "dot1.6-v64",
     .layout = {Encoding::Trits5, 32, 20},
     .one = rowsInLanes(UnpackMode::Mask, 64, 8192, 1),
     .block = panels(64, 32, 8, 5),
     .features = kAvx512Vbmi,
     .fetch = &CpuFacts::rowsFetch,
     .bitsPerWeight = 1.6,
     .weightsPerCycle = 38},
    {.name = "dot1.6-amx",
     .layout = {Encoding::Trits5, 32, 20},
     .one = rowsInLanes(UnpackMode::Mask, 64, 8192, 1),
     .block = kTiles,
     .features = kAmxVbmi,
     .bitsPerWeight = 1.6,
     .weightsPerCycle = 38,
     .blockMacsPerCycle = kTileMacsPerCycle},
    {.name = "dot1.6-column-lanes-v64",
     .layout = {Encoding::Trits5, 4, 320},
     .one = columnsInLanes(UnpackMode::Mask, 1, 4096),
     .block = columnsInLanes(UnpackMode::Shift, 4, 0),
     .features = kAvx512Vbmi,
     .bitsPerWeight = 1.6,
     .weightsPerCycle = 38,
     .automatic = false},
    {.name = "dot1.6-v32",
     .layout = {Encoding::Trits5, 64, 20},
     .one = rowsInLanes(UnpackMode::Shift, 32, 0),
     .block = panels(32, 16, 4, 5),
     .features = kAvx2,
     .bitsPerWeight = 1.6,
     .weightsPerCycle = 9},
    {.name = "dot1.6-v16",
     .layout = {Encoding::Trits5, 32, 20},
     .one = rowsInLanes(UnpackMode::Shift, 16, 0),
     .block = panels(16, 8, 2, 5),
     .features = {},
     .bitsPerWeight = 1.6,
     .weightsPerCycle = 0.8},
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
    // One plane is for binary weights; three and four are more than ternary ones need.
    bitPlanes("bits1-v64", Encoding::Planes1, 64, kAvx512Bw, 40),
    bitPlanes("bits1-v32", Encoding::Planes1, 32, kAvx2, 36),
    bitPlanes("bits1-v16", Encoding::Planes1, 16, {}, 0.6),
    bitPlanes("bits2-v64", Encoding::Planes2, 64, kAvx512Bw, 20),
    bitPlanes("bits2-v32", Encoding::Planes2, 32, kAvx2, 18),
    bitPlanes("bits2-v16", Encoding::Planes2, 16, {}, 0.3),
    bitPlanes("bits3-v64", Encoding::Planes3, 64, kAvx512Bw, 13),
    bitPlanes("bits3-v32", Encoding::Planes3, 32, kAvx2, 12),
    bitPlanes("bits3-v16", Encoding::Planes3, 16, {}, 0.2),
    bitPlanes("bits4-v64", Encoding::Planes4, 64, kAvx512Bw, 10),
    bitPlanes("bits4-v32", Encoding::Planes4, 32, kAvx2, 9),
    bitPlanes("bits4-v16", Encoding::Planes4, 16, {}, 0.15),
    bitPlanes("bits2-full-v64", Encoding::Planes2, 64, kAvx512Bw, 27, TableRange::Full),
    bitPlanes("bits2-full-v32", Encoding::Planes2, 32, kAvx2, 23, TableRange::Full),
    bitPlanes("bits2-full-v16", Encoding::Planes2, 16, {}, 0.35, TableRange::Full),
    bitPlanes("bits2-lossy-v64", Encoding::Planes2, 64, kAvx512Bw, 28, TableRange::Full, TableForm::Bytes),
    bitPlanes("bits2-lossy-v32", Encoding::Planes2, 32, kAvx2, 24, TableRange::Full, TableForm::Bytes),
    bitPlanes("bits2-lossy-v16", Encoding::Planes2, 16, {}, 0.35, TableRange::Full, TableForm::Bytes),
};

/// What a core reads while its neighbours read too: alone it gets 25 to 31 GB/s at 3.5 to 4 GHz, two together 40 to 45
/// (docs/performance.md).
static constexpr double kBytesPerCycle = 6;

double KernelFamily::cost(double density) const {
  bool skips = density * 100 <= double(one.skipBelow);
  double issue = 1 / weightsPerCycle, memory = bitsPerWeight / 8 / kBytesPerCycle;
  return 1000 * std::max(issue, memory) * (skips ? density : 1);
}

double KernelFamily::blockCost() const { return 1000 / std::max(blockMacsPerCycle, weightsPerCycle); }

ArrayRef<KernelFamily> kernelFamilies() { return kFamilies; }

/// Names that families had before, which tuning files, schedules and scripts may hold, and those that they have now.
static constexpr std::pair<StringRef, StringRef> kFormerNames[] = {
    {"dot2-rows-v64", "dot2-column-lanes-v64"},
    {"dot1.6-rows-v64", "dot1.6-column-lanes-v64"},
};

const KernelFamily *findKernelFamily(StringRef name) {
  for (auto [former, now] : kFormerNames)
    if (name == former)
      name = now;
  for (const KernelFamily &family : kFamilies)
    if (family.name == name)
      return &family;
  return nullptr;
}

} // namespace tern
