//===- tile_columns.cpp - Products of one token over its non-zero codes ---===//
#include "compiler/target/target.h"
#include "compiler/tile/passes.h"
#include "compiler/tile/tiling.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYTILECOLUMNS
#include "compiler/tile/Passes.h.inc"

namespace {

using namespace ternary;

/// Four columns at a time, each one cache line for 256 rows, are transposed so that a 32-bit lane holds the four
/// weights of one row. Which four: the next ones in memory, or the next ones of the list of columns whose code is not
/// zero.
class ColumnTiling : GemmTiling {
public:
  explicit ColumnTiling(GemmOp gemm)
      : GemmTiling(gemm), width(kernel.getWidth()), lanes(width / 4), stride(layout.tileRows / kFields),
        near(kernel.getPrefetch() <= cpuFactsOf(gemm->getParentOfType<ModuleOp>()).firstLevelFetch) {}

  void build() {
    int64_t room = columns + std::max<int64_t>(kListSlack, ahead() + kQuad);
    list = memref::AllocaOp::create(b, loc, MemRefType::get({room}, b.getI32Type()), b.getI64IntegerAttr(64));
    codes = memref::AllocaOp::create(b, loc, MemRefType::get({room}, b.getI8Type()), b.getI64IntegerAttr(64));
    // The count is per token, so are both choices.
    loop(index(0), gemm.getTokens(), 1, [&](Value token) {
      int64_t step = layout.columnStep(columns);
      count = NonzeroColumnsOp::create(b, loc, b.getIndexType(), gemm.getCodes(), token, list, codes,
                                       b.getI64IntegerAttr(step));
      Value few =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, count, index(columns * kernel.getSkipBelow() / 100));
      auto choice = scf::IfOp::create(b, loc, few, /*withElseRegion=*/true);
      for (bool listed : {true, false}) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(listed ? choice.thenBlock() : choice.elseBlock());
        if (!listed)
          scatterCodes(token, step);
        forEachBand([&](Value row, Value offset) {
          for (int64_t line = 0; line < stride; line += kLine)
            for (int64_t slice = 0; slice < kLine; slice += width) // vectors may be narrower than a line
              rows(plus(row, line * kFields + slice / 4), plus(offset, line + slice), token, listed);
        });
      }
    });
    gemm.erase();
  }

private:
  static constexpr int64_t kFields = Columns2Line::fields, kLine = Columns2Line::bytes, kQuad = 4;
  /// The vector form of ternary.nonzero_columns writes whole vectors behind the last entry.
  static constexpr int64_t kListSlack = 64;

  /// Columns that the prefetch distance is.
  int64_t ahead() const { return kernel.getPrefetch() / stride; }

  /// Codes in the order in which the columns lie in memory.
  void scatterCodes(Value token, int64_t step) {
    auto loop = scf::ForOp::create(b, loc, index(0), index(columns), index(1), index(0));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value code = memref::LoadOp::create(b, loc, gemm.getCodes(), ValueRange{token, loop.getInductionVar()});
    Value place = loop.getRegionIterArgs()[0];
    memref::StoreOp::create(b, loc, code, codes, place);
    Value next = plus(place, step);
    next = arith::MinUIOp::create(b, loc, next, arith::SubIOp::create(b, loc, next, index(columns)));
    scf::YieldOp::create(b, loc, next);
  }

  void rows(Value row, Value offset, Value token, bool listed) {
    SmallVector<Value> sums(kQuad * kFields, zeros(words(lanes)));
    accumulate(index(0), listed ? count : index(columns), kQuad, sums, [&](Value i) {
      SmallVector<Value> lines;
      for (int64_t j = 0; j < kQuad; ++j) {
        if (ahead() > 0 && (listed || near))
          memref::PrefetchOp::create(b, loc, gemm.getWeights(), ValueRange{line(offset, plus(i, ahead() + j), listed)},
                                     false, near ? 3 : 2, true);
        lines.push_back(
            vector::LoadOp::create(b, loc, bytes(width), gemm.getWeights(), line(offset, plus(i, j), listed)));
      }
      Value activations = broadcast4(codes, i, width);
      auto quads = TransposeBytesOp::create(b, loc, TypeRange(ValueRange(lines)), lines);
      for (int64_t v = 0; v < kQuad; ++v)
        for (int64_t f = 0; f < kFields; ++f) {
          Value &sum = sums[v * kFields + f];
          Value weights = UnpackOp::create(b, loc, quads.getResult(v), f, UnpackMode::Mask);
          sum = DotOp::create(b, loc, sum, weights, activations);
        }
    });
    Value extra = codeSum(token, lanes);
    for (int64_t v = 0; v < kQuad; ++v)
      for (int64_t f = 0; f < kFields; ++f) {
        Value total = arith::SubIOp::create(b, loc, unscale(sums[v * kFields + f], f), extra);
        // Byte order of a column: see columns2 in lib/trit/layout.h.
        Value at = plus(row, Columns2Line::fieldRows * f + 16 * v);
        vector::StoreOp::create(b, loc, total, gemm.getOut(), ValueRange{token, at});
      }
  }

  /// Where the line of the i-th column of the list, or of column i, begins.
  Value line(Value offset, Value i, bool listed) {
    if (listed) {
      Value column = memref::LoadOp::create(b, loc, list, i);
      i = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), column);
    }
    return plus(offset, times(i, stride));
  }

  int64_t width, lanes;
  int64_t stride; ///< bytes of a column in its tile
  bool near;      ///< lines go to the first-level cache, and so do those of columns in memory order
  Value list, codes, count;
};

struct TileColumns : impl::TernaryTileColumnsBase<TileColumns> {
  void runOnOperation() override { tiled += tileProducts<ColumnTiling>(getOperation(), DotForm::NonzeroColumns); }
};

} // namespace
} // namespace tern
