//===- tile_lanes.cpp - Dot products with rows in lanes as loops ----------===//
#include "compiler/tile/passes.h"
#include "compiler/tile/tile_fields.h"
#include "compiler/tile/tiling.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYTILELANES
#include "compiler/tile/Passes.h.inc"

namespace {

using namespace ternary;

/// A row of a tile is one 32-bit word (16 columns of codes2, 20 of trits5), field f of its bytes the columns 4f to 4f
/// + 3. So a vector of weights holds width / 4 rows, and each field meets four activations broadcast to all lanes: sums
/// stay apart to the end, and the activations are loaded once for all rows of the tile.
class LanesTiling : GemmTiling {
public:
  explicit LanesTiling(GemmOp gemm)
      : GemmTiling(gemm), fields(layout, kernel.getUnpack()), width(kernel.getWidth()), lanes(width / 4),
        vectors(layout.tileRows / lanes), classes(fields.classes()) {}

  void build() {
    forEachBand([&](Value row, Value offset) {
      loop(index(0), gemm.getTokens(), kernel.getTokens(), [&](Value token) { registerTile(row, offset, token); });
    });
    gemm.erase();
  }

private:
  /// The sums of vector v of rows, token t and accumulator class c.
  size_t slot(int64_t t, int64_t v, int64_t c) { return (t * vectors + v) * classes + c; }

  void registerTile(Value row, Value offset, Value token) {
    SmallVector<Value> sums(kernel.getTokens() * vectors * classes, zeros(words(lanes)));
    int64_t tiles = columns / layout.tileColumns, whole = tiles / kernel.getUnroll() * kernel.getUnroll();
    accumulate(index(0), index(whole), kernel.getUnroll(), sums, [&](Value first) {
      for (int64_t u = 0; u < kernel.getUnroll(); ++u)
        tile(offset, token, plus(first, u), sums);
    });
    for (int64_t rest = whole; rest < tiles; ++rest)
      tile(offset, token, index(rest), sums);

    for (int64_t t = 0; t < kernel.getTokens(); ++t) {
      Value at = plus(token, t), extra = codeSum(at, lanes);
      for (int64_t v = 0; v < vectors; ++v) {
        Value total = sums[slot(t, v, 0)];
        for (int64_t f = 1; f < classes; ++f)
          total = arith::AddIOp::create(b, loc, total, unscale(sums[slot(t, v, f)], f));
        total = arith::SubIOp::create(b, loc, total, extra);
        vector::StoreOp::create(b, loc, total, gemm.getOut(), ValueRange{at, plus(row, v * lanes)});
      }
    }
  }

  /// Tile `number` of the band's weights against the tokens of a register tile, added to `sums`.
  void tile(Value band, Value token, Value number, MutableArrayRef<Value> sums) {
    Value column = times(number, layout.tileColumns), offset = plus(band, times(number, layout.tileBytes()));
    SmallVector<Value> packed;
    for (int64_t v = 0; v < vectors; ++v) {
      Value at = plus(offset, v * width);
      if (kernel.getPrefetch() > 0 && v * width % 64 == 0)
        memref::PrefetchOp::create(b, loc, gemm.getWeights(), ValueRange{plus(at, kernel.getPrefetch())}, false, 3,
                                   true);
      packed.push_back(vector::LoadOp::create(b, loc, bytes(width), gemm.getWeights(), at));
    }
    for (int64_t f = 0; f < fields.count(); ++f) {
      SmallVector<Value> codes;
      for (int64_t t = 0; t < kernel.getTokens(); ++t)
        codes.push_back(broadcast4(gemm.getCodes(), {plus(token, t), plus(column, 4 * f)}, width));
      SmallVector<Value> weights = fields.unpack(b, loc, packed, f);
      for (int64_t v = 0; v < vectors; ++v)
        for (int64_t t = 0; t < kernel.getTokens(); ++t) {
          Value &sum = sums[slot(t, v, fields.classOf(f))];
          sum = DotOp::create(b, loc, sum, weights[v], codes[t]);
        }
    }
  }

  TileFields fields;
  int64_t width, lanes, vectors, classes;
};

struct TileLanes : impl::TernaryTileLanesBase<TileLanes> {
  void runOnOperation() override { tiled += tileProducts<LanesTiling>(getOperation(), DotForm::RowsInLanes); }
};

} // namespace
} // namespace tern
