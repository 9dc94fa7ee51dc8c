//===- tile_lanes.cpp - Dot products with rows in lanes as loops ----------===//
#include "compiler/tile/passes.h"
#include "compiler/tile/tiling.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYTILELANES
#include "compiler/tile/Passes.h.inc"

namespace {

using namespace ternary;

/// A tile of codes2 with 16 columns is one 32-bit word a row, field f of its bytes the columns 4f to 4f + 3. So a vector of weights
/// holds width / 4 rows, and each field meets four activations broadcast to all lanes: sums stay apart to the end, and the activations
/// are loaded once for all rows of the tile.
class LanesTiling : GemmTiling {
public:
  explicit LanesTiling(GemmOp gemm)
      : GemmTiling(gemm), width(kernel.getWidth()), lanes(width / 4), groups(layout.tileRows / lanes),
        classes(kernel.getUnpack() == UnpackMode::Mask ? kFields : 1) {}

  void run() {
    forEachBand([&](Value row, Value offset) {
      loop(index(0), gemm.getTokens(), kernel.getTokens(), [&](Value token) { block(row, offset, token); });
    });
    gemm.erase();
  }

private:
  static constexpr int64_t kFields = 4;

  size_t slot(int64_t t, int64_t g, int64_t f) { return (t * groups + g) * classes + (classes == 1 ? 0 : f); }

  void block(Value row, Value offset, Value token) {
    SmallVector<Value> sums(kernel.getTokens() * groups * classes, zeros(words(lanes)));
    int64_t step = kernel.getUnroll() * layout.tileColumns, whole = columns / step * step;
    accumulate(index(0), index(whole), step, sums, [&](Value column) {
      for (int64_t u = 0; u < kernel.getUnroll(); ++u)
        tile(offset, token, plus(column, u * layout.tileColumns), sums);
    });
    for (int64_t column = whole; column < columns; column += layout.tileColumns)
      tile(offset, token, index(column), sums);

    for (int64_t t = 0; t < kernel.getTokens(); ++t) {
      Value at = plus(token, t), extra = activationSum(at, lanes);
      for (int64_t g = 0; g < groups; ++g) {
        Value total = sums[slot(t, g, 0)];
        for (int64_t f = 1; f < classes; ++f)
          total = arith::AddIOp::create(b, loc, total, unscale(sums[slot(t, g, f)], f));
        total = arith::SubIOp::create(b, loc, total, extra);
        vector::StoreOp::create(b, loc, total, gemm.getOut(), ValueRange{at, plus(row, g * lanes)});
      }
    }
  }

  /// One tile of weights against the token block, added to `sums`.
  void tile(Value band, Value token, Value column, MutableArrayRef<Value> sums) {
    Value offset = plus(band, times(column, layout.tileBytes() / layout.tileColumns));
    SmallVector<Value> packed;
    for (int64_t g = 0; g < groups; ++g) {
      Value at = plus(offset, g * width);
      if (kernel.getPrefetch() > 0 && g * width % 64 == 0)
        memref::PrefetchOp::create(b, loc, gemm.getWeights(), ValueRange{plus(at, kernel.getPrefetch())}, false, 3, true);
      packed.push_back(vector::LoadOp::create(b, loc, bytes(width), gemm.getWeights(), at));
    }
    for (int64_t f = 0; f < kFields; ++f) {
      SmallVector<Value> codes;
      for (int64_t t = 0; t < kernel.getTokens(); ++t)
        codes.push_back(broadcast4(gemm.getCodes(), {plus(token, t), plus(column, 4 * f)}, width));
      for (int64_t g = 0; g < groups; ++g) {
        Value weights = UnpackOp::create(b, loc, packed[g], f, kernel.getUnpack());
        for (int64_t t = 0; t < kernel.getTokens(); ++t) {
          Value &sum = sums[slot(t, g, f)];
          sum = DotOp::create(b, loc, sum, weights, codes[t]);
        }
      }
    }
  }

  int64_t width, lanes, groups, classes;
};

struct TileLanes : impl::TernaryTileLanesBase<TileLanes> {
  void runOnOperation() override {
    SmallVector<GemmOp> products;
    getOperation().walk([&](GemmOp gemm) {
      if (dotForm(gemm.getLayout(), gemm.getKernel()) == DotForm::Lanes)
        products.push_back(gemm);
    });
    for (GemmOp gemm : products)
      LanesTiling(gemm).run();
  }
};

} // namespace
} // namespace tern
