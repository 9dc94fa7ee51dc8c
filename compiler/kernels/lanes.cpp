//===- lanes.cpp - Dot products with rows in lanes ------------------------===//
#include "compiler/kernels/support/families.h"
#include "compiler/kernels/support/tile_fields.h"
#include "compiler/kernels/support/tiling.h"

#include <numeric>

using namespace mlir;

namespace tern {
namespace {

using namespace ternary;

/// A row of a tile is one 32-bit word (16 columns of codes2, 20 of trits5), field f of its bytes the columns 4f to 4f
/// + 3. So a vector of weights holds width / 4 rows, and each field meets four activations broadcast to all lanes: sums
/// stay apart to the end, and the activations are loaded once for all rows of the tile.
class LanesTiling : GemmTiling<LanesAttr> {
public:
  LanesTiling(GemmOp gemm, LanesAttr kernel)
      : GemmTiling(gemm, kernel), fields(layout, kernel.getUnpack()), width(kernel.getWidth()), lanes(width / 4),
        vectors(layout.tileRows / lanes), classes(fields.classes()), atOnce(vectorsAtOnce()) {}

  void build() {
    forEachBand([&](Value row, Value offset) {
      loop(index(0), gemm.getTokens(), kernel.getTokens(), [&](Value token) {
        for (first = 0; first < vectors; first += atOnce)
          registerTile(row, offset, token);
      });
    });
    gemm.erase();
  }

private:
  /// Vectors of rows whose sums are in registers together: all, but for several tokens in vectors that only 16
  /// registers hold.
  int64_t vectorsAtOnce() const {
    if (kernel.getTokens() == 1 || width == 64)
      return vectors;
    return std::gcd(vectors, std::max<int64_t>(1, 8 / (kernel.getTokens() * classes)));
  }

  /// The sums of the v-th of these vectors, token t and accumulator class c.
  size_t slot(int64_t t, int64_t v, int64_t c) { return (t * atOnce + v) * classes + c; }

  void registerTile(Value row, Value offset, Value token) {
    if (scalesGroups())
      return registerTileOfGroups(row, offset, token);
    SmallVector<Value> sums = sumsOfTiles(Value(), columns / layout.tileColumns, offset, token);
    for (int64_t t = 0; t < kernel.getTokens(); ++t) {
      Value at = plus(token, t), extra = zeroSum(at, lanes);
      for (int64_t v = 0; v < atOnce; ++v)
        vector::StoreOp::create(b, loc, arith::SubIOp::create(b, loc, joined(sums, t, v), extra), gemm.getOut(),
                                ValueRange{at, plus(row, (first + v) * lanes)});
    }
  }

  /// Sums leave their registers at the end of each group, for those of float32.
  void registerTileOfGroups(Value row, Value offset, Value token) {
    int64_t tiles = gemm.groupColumns() / layout.tileColumns;
    SmallVector<Value> totals(kernel.getTokens() * atOnce, zeros(floats(lanes)));
    accumulate(index(0), index(gemm.groups()), 1, totals, [&](Value group) {
      SmallVector<Value> sums = sumsOfTiles(times(group, tiles), tiles, offset, token);
      for (int64_t v = 0; v < atOnce; ++v) {
        Value scales = groupScales(row, group, index((first + v) * lanes), lanes);
        for (int64_t t = 0; t < kernel.getTokens(); ++t) {
          Value sum = arith::SubIOp::create(b, loc, joined(sums, t, v), zeroSum(plus(token, t), group, lanes));
          Value &total = totals[t * atOnce + v];
          total = addScaled(total, sum, scales);
        }
      }
    });
    for (int64_t t = 0; t < kernel.getTokens(); ++t)
      for (int64_t v = 0; v < atOnce; ++v)
        vector::StoreOp::create(b, loc, totals[t * atOnce + v], gemm.getOut(),
                                ValueRange{plus(token, t), plus(row, (first + v) * lanes)});
  }

  /// The sums of `tiles` tiles of the band, from tile `begin` (null: 0) on, `unroll` at a time.
  SmallVector<Value> sumsOfTiles(Value begin, int64_t tiles, Value offset, Value token) {
    SmallVector<Value> sums(kernel.getTokens() * atOnce * classes, zeros(words(lanes)));
    int64_t whole = tiles / kernel.getUnroll() * kernel.getUnroll();
    auto from = [&](Value number) { return begin ? plus(begin, number) : number; };
    accumulate(index(0), index(whole), kernel.getUnroll(), sums, [&](Value number) {
      for (int64_t u = 0; u < kernel.getUnroll(); ++u)
        tile(offset, token, plus(from(number), u), sums);
    });
    for (int64_t rest = whole; rest < tiles; ++rest)
      tile(offset, token, from(index(rest)), sums);
    return sums;
  }

  /// What the accumulators of a token and a vector of rows sum up to, the zero point's part included.
  Value joined(ArrayRef<Value> sums, int64_t t, int64_t v) {
    Value total = sums[slot(t, v, 0)];
    for (int64_t f = 1; f < classes; ++f)
      total = arith::AddIOp::create(b, loc, total, unscale(sums[slot(t, v, f)], f));
    return total;
  }

  /// Tile `number` of the band's weights against the tokens of a register tile, added to `sums`.
  void tile(Value band, Value token, Value number, MutableArrayRef<Value> sums) {
    Value column = times(number, layout.tileColumns), offset = plus(band, times(number, layout.tileBytes()));
    SmallVector<Value> packed;
    for (int64_t v = 0; v < atOnce; ++v) {
      Value at = plus(offset, (first + v) * width);
      if (kernel.getPrefetch() > 0 && (first + v) * width % 64 == 0)
        prefetch(at, kernel.getPrefetch());
      packed.push_back(vector::LoadOp::create(b, loc, bytes(width), gemm.getWeights(), at));
    }
    for (int64_t f = 0; f < fields.count(); ++f) {
      SmallVector<Value> codes;
      for (int64_t t = 0; t < kernel.getTokens(); ++t)
        codes.push_back(broadcast4(gemm.getCodes(), {plus(token, t), plus(column, 4 * f)}, width));
      SmallVector<Value> weights = fields.unpack(b, loc, packed, f);
      for (int64_t v = 0; v < atOnce; ++v)
        for (int64_t t = 0; t < kernel.getTokens(); ++t) {
          Value &sum = sums[slot(t, v, fields.classOf(f))];
          sum = DotOp::create(b, loc, sum, weights[v], codes[t]);
        }
    }
  }

  TileFields fields;
  int64_t width, lanes, vectors, classes, atOnce;
  int64_t first = 0; ///< of the vectors that are at hand
};

struct LanesLowering : KernelModel<LanesLowering, LanesAttr, LanesTiling> {
  void vary(Attribute attr, const KernelSearch &search, KernelList &list) const {
    auto kernel = cast<LanesAttr>(attr);
    for (int64_t unroll : {1, 2, 4})
      for (int64_t prefetch : kPrefetches)
        list.push_back(LanesAttr::get(search.context, kernel.getUnpack(), kernel.getTokens(), unroll, prefetch,
                                      kernel.getWidth()));
  }
};

void blocks(const KernelSearch &search, KernelList &list) {
  for (int64_t tokens : kTokens)
    for (UnpackMode unpack : {UnpackMode::Shift, UnpackMode::Mask})
      for (int64_t prefetch : {0, 1024})
        list.push_back(LanesAttr::get(search.context, unpack, tokens, /*unroll=*/1, prefetch, search.width));
}

/// How far ahead they fetch on CPUs that were not measured; rowsFetch in compiler/target/cpu_facts.cpp has the times of
/// those that were, for the families that ask for it.
MakeKernel lanes(UnpackMode unpack, int64_t width, int64_t prefetch, int64_t unroll = 2, CpuFact fetch = nullptr) {
  return [=](MLIRContext *context, const CpuFacts &facts) {
    int64_t distance = fetch ? (facts.*fetch).value_or(prefetch) : prefetch;
    return LanesAttr::get(context, unpack, /*tokens=*/1, unroll, distance, width);
  };
}

/// Masking saves the shifts but needs four accumulators for a vector of rows, which only 32 registers hold. Weights per
/// cycle count the dots (each 1 instruction with VNNI, 3 without) at the vector's width, one a cycle.
std::vector<KernelFamily> families() {
  return {
      {.name = "dot2-v64",
       .layout = {Encoding::Codes2, 64, 16},
       .one = lanes(UnpackMode::Mask, 64, 4096, 2, &CpuFacts::rowsFetch),
       .block = panelsOf(64, 32, 8),
       .features = kAvx512Vnni,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 64},
      {.name = "dot2-amx",
       .layout = {Encoding::Codes2, 64, 16},
       .one = lanes(UnpackMode::Mask, 64, 4096),
       .block = amxTiles,
       .features = kAmx,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 64,
       .blockMacsPerCycle = kTileMacsPerCycle},
      {.name = "dot2-v32-vnni",
       .layout = {Encoding::Codes2, 64, 16},
       .one = lanes(UnpackMode::Shift, 32, 4096, 2, &CpuFacts::rowsFetch),
       .block = panelsOf(32, 16, 4),
       .features = kAvxVnni,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 32},
      {.name = "dot2-v32",
       .layout = {Encoding::Codes2, 64, 16},
       .one = lanes(UnpackMode::Shift, 32, 0),
       .block = panelsOf(32, 16, 4),
       .features = kAvx2,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 11},
      {.name = "dot2-v16-i8mm",
       .layout = {Encoding::Codes2, 32, 16},
       .one = lanes(UnpackMode::Shift, 16, 0),
       .block = panelsOf(16, 16, 4),
       .features = kI8mm,
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 16},
      {.name = "dot2-v16",
       .layout = {Encoding::Codes2, 32, 16},
       .one = lanes(UnpackMode::Shift, 16, 0),
       .block = panelsOf(16, 8, 2),
       .features = {},
       .bitsPerWeight = 2.0,
       .weightsPerCycle = 1},
      // 320 weights are 12 instructions of 512 bits, two a cycle; on Zen 4 permutes and dots contend for one port, and
      // 38 are reached.
      {.name = "dot1.6-v64",
       .layout = {Encoding::Trits5, 32, 20},
       .one = lanes(UnpackMode::Mask, 64, 8192, 1, &CpuFacts::rowsFetch),
       .block = panelsOf(64, 32, 8, 5),
       .features = kAvx512Vbmi,
       .bitsPerWeight = 1.6,
       .weightsPerCycle = 38},
      {.name = "dot1.6-amx",
       .layout = {Encoding::Trits5, 32, 20},
       .one = lanes(UnpackMode::Mask, 64, 8192, 1),
       .block = amxTiles,
       .features = kAmxVbmi,
       .bitsPerWeight = 1.6,
       .weightsPerCycle = 38,
       .blockMacsPerCycle = kTileMacsPerCycle},
      {.name = "dot1.6-v32",
       .layout = {Encoding::Trits5, 64, 20},
       .one = lanes(UnpackMode::Shift, 32, 0),
       .block = panelsOf(32, 16, 4, 5),
       .features = kAvx2,
       .bitsPerWeight = 1.6,
       .weightsPerCycle = 9},
      {.name = "dot1.6-v16",
       .layout = {Encoding::Trits5, 32, 20},
       .one = lanes(UnpackMode::Shift, 16, 0),
       .block = panelsOf(16, 8, 2, 5),
       .features = {},
       .bitsPerWeight = 1.6,
       .weightsPerCycle = 0.8},
  };
}

} // namespace

namespace kernels {

void lanes(KernelSet &set) {
  set.add<LanesAttr, LanesLowering>("ternary-tile-lanes", "Lower dot products with rows in lanes to loops", blocks);
  set.addFamilies(families());
}

} // namespace kernels
} // namespace tern
