//===- tile_panels.cpp - Products of token blocks over unpacked panels ----===//
#include "compiler/tile/passes.h"
#include "compiler/tile/tiling.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYTILEPANELS
#include "compiler/tile/Passes.h.inc"

namespace {

using namespace ternary;

/// What the panel of a tile row may take of the second-level cache, which also holds the activations of the token
/// block: 128 KB of the 1 MB (Zen 4) or 2 MB (Sapphire Rapids) there are.
constexpr int64_t kPanelBytes = 128 << 10;

/// For each tile row and each run of columns: its codes become bytes once, in a panel with four columns of one row in
/// each 32-bit lane; then all blocks of tokens pass over it with `rows` x `tokens` sums in registers: rows / lanes
/// loads of weights and `tokens` broadcasts for their product of dots. Sums wait in the result between the runs.
class PanelTiling : GemmTiling {
public:
  explicit PanelTiling(GemmOp gemm)
      : GemmTiling(gemm), width(kernel.getWidth()), lanes(width / 4), rows(kernel.getRows()), groups(rows / lanes),
        blocks(layout.tileRows / rows) {
    // Runs of equal length, so that none is short.
    int64_t most = std::max(kPanelBytes / layout.tileRows, layout.tileColumns), runs = llvm::divideCeil(columns, most);
    run = llvm::alignTo(llvm::divideCeil(columns, runs), std::max<int64_t>(layout.tileColumns, 4 * kernel.getUnroll()));
  }

  void build() {
    auto type = MemRefType::get({blocks, run / 4, rows * 4}, b.getI8Type());
    panel = memref::AllocaOp::create(b, loc, type, b.getI64IntegerAttr(64));
    forEachBand([&](Value row, Value offset) {
      initialize(row);
      loop(index(0), index(columns), run, [&](Value first) {
        Value size = arith::MinUIOp::create(b, loc, index(run), arith::SubIOp::create(b, loc, index(columns), first));
        UnpackPanelOp::create(b, loc, gemm.getWeights(), panel, offset, first, size, b.getI64IntegerAttr(columns),
                              gemm.getLayout(), b.getI64IntegerAttr(width));
        loop(index(0), index(blocks), 1, [&](Value block) {
          Value top = plus(row, times(block, rows));
          loop(index(0), gemm.getTokens(), kernel.getTokens(),
               [&](Value token) { tile(block, top, token, first, size); });
        });
      });
    });
    gemm.erase();
  }

private:
  /// Codes are w + 1, so the sums start from minus the sum of the activations.
  void initialize(Value row) {
    loop(index(0), padded(gemm.getTokens()), 1, [&](Value token) {
      Value start = arith::SubIOp::create(b, loc, zeros(words(lanes)), activationSum(token, lanes));
      for (int64_t r = 0; r < layout.tileRows; r += lanes)
        vector::StoreOp::create(b, loc, start, gemm.getOut(), ValueRange{token, plus(row, r)});
    });
  }

  Value padded(Value tokens) {
    int64_t block = kernel.getTokens();
    return times(over(plus(tokens, block - 1), block), block);
  }

  /// `rows` x `tokens` sums over one run of columns.
  void tile(Value block, Value row, Value token, Value first, Value size) {
    SmallVector<Value> sums;
    for (int64_t t = 0; t < kernel.getTokens(); ++t)
      for (int64_t g = 0; g < groups; ++g)
        sums.push_back(vector::LoadOp::create(b, loc, words(lanes), gemm.getOut(), at(token, t, row, g)));
    accumulate(index(0), size, 4 * kernel.getUnroll(), sums, [&](Value column) {
      for (int64_t u = 0; u < kernel.getUnroll(); ++u) {
        Value quad = plus(over(column, 4), u);
        SmallVector<Value> weights;
        for (int64_t g = 0; g < groups; ++g)
          weights.push_back(
              vector::LoadOp::create(b, loc, bytes(width), panel, ValueRange{block, quad, index(g * width)}));
        for (int64_t t = 0; t < kernel.getTokens(); ++t) {
          Value codes = broadcast4(gemm.getCodes(), {plus(token, t), plus(plus(first, column), 4 * u)}, width);
          for (int64_t g = 0; g < groups; ++g) {
            Value &sum = sums[t * groups + g];
            sum = DotOp::create(b, loc, sum, weights[g], codes);
          }
        }
      }
    });
    for (int64_t t = 0; t < kernel.getTokens(); ++t)
      for (int64_t g = 0; g < groups; ++g)
        vector::StoreOp::create(b, loc, sums[t * groups + g], gemm.getOut(), at(token, t, row, g));
  }

  SmallVector<Value, 2> at(Value token, int64_t t, Value row, int64_t g) {
    return {plus(token, t), plus(row, g * lanes)};
  }

  int64_t width, lanes, rows, groups, blocks, run;
  Value panel;
};

struct TilePanels : impl::TernaryTilePanelsBase<TilePanels> {
  void runOnOperation() override {
    SmallVector<GemmOp> products;
    getOperation().walk([&](GemmOp gemm) {
      if (dotForm(gemm.getLayout(), gemm.getKernel()) == DotForm::Panels)
        products.push_back(gemm);
    });
    tiled += products.size();
    for (GemmOp gemm : products)
      PanelTiling(gemm).build();
  }
};

} // namespace
} // namespace tern
