//===- panels.cpp - Products of token blocks over unpacked panels ---------===//
#include "compiler/kernels/support/kernel_set.h"
#include "compiler/kernels/support/panel.h"
#include "compiler/kernels/support/tiling.h"

using namespace mlir;

namespace tern {
namespace {

using namespace ternary;

/// What a panel takes, so that it stays in the first-level cache (32 to 48 KB) beside the codes of a few tokens:
/// written to the second level, a panel costs 5 cycles a line, 5 % of the time on Zen 5.
constexpr int64_t kPanelBytes = 32 << 10;

/// For each band, each stretch of columns and as many rows as a panel has: their codes become bytes once, with
/// four columns of one row in each 32-bit lane; then all tokens pass over it, by register tiles of `rows` x `tokens`
/// sums: rows / lanes loads of weights and `tokens` broadcasts for their product of dots. Sums wait in the result
/// between the stretches.
class PanelsTiling : GemmTiling<PanelsAttr> {
public:
  PanelsTiling(GemmOp gemm, PanelsAttr kernel)
      : GemmTiling(gemm, kernel), width(kernel.getWidth()), lanes(width / 4), rows(kernel.getRows()),
        vectors(rows / lanes), panelRows(rowsOfPanel()), registerTiles(panelRows / rows),
        stretch(columnsOfStretch(layout.tileColumns, columns, std::lcm(4 * kernel.getUnroll(), groupUnit()),
                                 kPanelBytes / panelRows)) {}

  void build() {
    auto type = MemRefType::get({registerTiles, stretch / 4, rows * 4}, b.getI8Type());
    panel = memref::AllocaOp::create(b, loc, type, b.getI64IntegerAttr(64));
    tokenTiles = over(plus(gemm.getTokens(), kernel.getTokens() - 1), kernel.getTokens());
    forEachBand([&](Value row, Value offset) {
      loop(index(0), index(columns), stretch, [&](Value first) {
        Value size =
            arith::MinUIOp::create(b, loc, index(stretch), arith::SubIOp::create(b, loc, index(columns), first));
        NextStretch next = nextStretch(offset, first);
        loop(index(0), index(layout.tileRows), panelRows, [&](Value top) {
          UnpackPanelOp::create(b, loc, gemm.getWeights(), panel, offset, top, first, size,
                                b.getI64IntegerAttr(columns), gemm.getLayout(), b.getI64IntegerAttr(width), UnitAttr(),
                                IntegerAttr());
          loop(index(0), index(registerTiles), 1, [&](Value registerTile) {
            Value above = plus(top, times(registerTile, rows)); // of the rows in the band
            loop(index(0), gemm.getTokens(), kernel.getTokens(), [&](Value token) {
              fetch(next, over(above, rows), over(token, kernel.getTokens()));
              multiply(registerTile, row, above, token, first, size);
            });
          });
        });
      });
    });
    gemm.erase();
  }

private:
  /// Stretches end where groups do.
  int64_t groupUnit() { return scalesGroups() ? gemm.groupColumns() : 1; }

  int64_t rowsOfPanel() const {
    if (!layout.hasColumnLines())
      return rows;
    // One field of a line or two can be unpacked alone.
    constexpr int64_t field = Columns2Line::fieldRows;
    int64_t whole = std::lcm(rows, field);
    return whole <= 2 * field ? whole : layout.tileRows;
  }

  /// What the next UnpackPanelOp reads: the next stretch of this band, or the first of the next one.
  struct NextStretch {
    Value offset, first;
  };
  NextStretch nextStretch(Value offset, Value first) {
    Value later = plus(first, stretch);
    Value isOver = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, later, index(columns));
    return {arith::SelectOp::create(b, loc, isOver, plus(offset, layout.bandBytes(columns)), offset),
            arith::SelectOp::create(b, loc, isOver, index(0), later)};
  }

  /// Each of the register tiles of a stretch fetches its piece of the next one, so that the products hide the memory's
  /// time: what the unpacking alone fetches ahead is waited for (Zen 5, panels of 128 KB: 0.90 instead of 0.92 of the
  /// dot peak).
  void fetch(NextStretch next, Value registerTile, Value tokenTile) {
    int64_t unit = layout.tileColumns;
    Value tile = arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, registerTile, tokenTiles), tokenTile);
    Value tiles = times(tokenTiles, layout.tileRows / rows);
    Value units = arith::DivUIOp::create(b, loc, plus(tiles, llvm::divideCeil(stretch, unit) - 1), tiles);
    Value piece = times(units, unit);
    Value begin = arith::MinUIOp::create(b, loc, arith::MulIOp::create(b, loc, tile, piece), index(stretch));
    Value end = arith::MinUIOp::create(b, loc, arith::AddIOp::create(b, loc, begin, piece), index(stretch));
    FetchColumnsOp::create(b, loc, gemm.getWeights(), next.offset, arith::AddIOp::create(b, loc, next.first, begin),
                           arith::SubIOp::create(b, loc, end, begin), b.getI64IntegerAttr(columns), gemm.getLayout());
  }

  /// Sums start from minus what the codes' zero point adds; those of a later stretch go on.
  SmallVector<Value> startSums(Value row, Value token, Value first) {
    SmallVector<Value> sums;
    auto fresh = [&] {
      for (int64_t t = 0; t < kernel.getTokens(); ++t)
        sums.append(vectors, arith::SubIOp::create(b, loc, zeros(words(lanes)), zeroSum(plus(token, t), lanes)));
    };
    auto stored = [&] {
      for (int64_t t = 0; t < kernel.getTokens(); ++t)
        for (int64_t v = 0; v < vectors; ++v)
          sums.push_back(vector::LoadOp::create(b, loc, words(lanes), gemm.getOut(), at(token, t, row, v)));
    };
    if (stretch >= columns) {
      fresh();
      return sums;
    }
    Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, first, index(0));
    SmallVector<Type> types(kernel.getTokens() * vectors, words(lanes));
    auto either = scf::IfOp::create(b, loc, types, isFirst, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(either.thenBlock());
    fresh();
    scf::YieldOp::create(b, loc, sums);
    sums.clear();
    b.setInsertionPointToStart(either.elseBlock());
    stored();
    scf::YieldOp::create(b, loc, sums);
    return llvm::to_vector_of<Value>(either.getResults());
  }

  /// `rows` x `tokens` sums over one stretch of columns; `inBand` of the rows is where they are in their band.
  void multiply(Value registerTile, Value band, Value inBand, Value token, Value first, Value size) {
    Value row = plus(band, inBand);
    if (scalesGroups())
      return multiplyGroups(registerTile, band, inBand, token, first, size);
    SmallVector<Value> sums = startSums(row, token, first);
    addColumns(registerTile, token, first, index(0), size, sums);
    for (int64_t t = 0; t < kernel.getTokens(); ++t)
      for (int64_t v = 0; v < vectors; ++v)
        vector::StoreOp::create(b, loc, sums[t * vectors + v], gemm.getOut(), at(token, t, row, v));
  }

  /// The same with a scale for each group of columns: its sums are added, as float32, to the result, where they cost a
  /// load and a store for each 32 dots of a group of 128; registers for a second set of sums would halve the tile.
  void multiplyGroups(Value registerTile, Value band, Value inBand, Value token, Value first, Value size) {
    int64_t group = gemm.groupColumns();
    Value row = plus(band, inBand);
    loop(index(0), size, group, [&](Value begin) {
      Value number = over(plus(first, begin), group);
      SmallVector<Value> sums(kernel.getTokens() * vectors, zeros(words(lanes)));
      addColumns(registerTile, token, first, begin, plus(begin, group), sums);
      Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, number, index(0));
      for (int64_t v = 0; v < vectors; ++v) {
        Value scales = groupScales(band, number, plus(inBand, v * lanes), lanes);
        for (int64_t t = 0; t < kernel.getTokens(); ++t) {
          Value sum = arith::SubIOp::create(b, loc, sums[t * vectors + v], zeroSum(plus(token, t), number, lanes));
          Value before = vector::LoadOp::create(b, loc, floats(lanes), gemm.getOut(), at(token, t, row, v));
          before = arith::SelectOp::create(b, loc, isFirst, zeros(floats(lanes)), before);
          vector::StoreOp::create(b, loc, addScaled(before, sum, scales), gemm.getOut(), at(token, t, row, v));
        }
      }
    });
  }

  /// Adds the products of columns [begin, end) of the stretch that starts at column `first`.
  void addColumns(Value registerTile, Value token, Value first, Value begin, Value end, SmallVectorImpl<Value> &sums) {
    accumulate(begin, end, 4 * kernel.getUnroll(), sums, [&](Value column) {
      for (int64_t u = 0; u < kernel.getUnroll(); ++u) {
        Value quad = plus(over(column, 4), u);
        SmallVector<Value> weights;
        for (int64_t v = 0; v < vectors; ++v)
          weights.push_back(
              vector::LoadOp::create(b, loc, bytes(width), panel, ValueRange{registerTile, quad, index(v * width)}));
        for (int64_t t = 0; t < kernel.getTokens(); ++t) {
          Value codes = broadcast4(gemm.getCodes(), {plus(token, t), plus(plus(first, column), 4 * u)}, width);
          for (int64_t v = 0; v < vectors; ++v) {
            Value &sum = sums[t * vectors + v];
            sum = DotOp::create(b, loc, sum, weights[v], codes);
          }
        }
      }
    });
  }

  SmallVector<Value, 2> at(Value token, int64_t t, Value row, int64_t v) {
    return {plus(token, t), plus(row, v * lanes)};
  }

  int64_t width, lanes, rows, vectors, panelRows, registerTiles, stretch;
  Value panel, tokenTiles;
};

struct PanelsLowering : KernelModel<PanelsLowering, PanelsAttr, PanelsTiling> {};

void blocks(const KernelSearch &search, KernelList &list) {
  for (int64_t tokens : kTokens)
    for (int64_t rows : {16, 32, 64, 128})
      for (int64_t unroll : {int64_t(1), int64_t(2), std::min<int64_t>(search.layout.tileColumns / 4, 16)})
        list.push_back(PanelsAttr::get(search.context, tokens, unroll, search.width, rows));
}

} // namespace

namespace kernels {

void panels(KernelSet &set) {
  set.add<PanelsAttr, PanelsLowering>("ternary-tile-panels",
                                      "Lower products of token blocks to loops over unpacked panels", blocks);
}

} // namespace kernels
} // namespace tern
