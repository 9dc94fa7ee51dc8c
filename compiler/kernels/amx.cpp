//===- amx.cpp - Products of token blocks by the tiles of AMX -------------===//
#include "compiler/kernels/support/kernel_set.h"
#include "compiler/kernels/support/panel.h"
#include "compiler/kernels/support/tiling.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace tern {
namespace {

using namespace ternary;

/// A tile register has 16 rows of 64 bytes: 16 tokens by 64 codes, 64 columns by 16 rows of weights in quads of
/// columns, or 16 tokens by 16 rows of sums.
constexpr int64_t kTileRows = 16, kTileColumns = 64;

/// Sums are loaded and stored once a stretch, which takes as long as the products of 128 columns (Emerald Rapids: 5 and
/// 10 ns a tile, 7 a product), so stretches are long: 256 KB of the 2 MB second level that every processor with AMX
/// has.
constexpr int64_t kPanelBytes = 256 << 10;

/// For each band and each stretch of columns: its weights become bytes once, in a panel whose lines are those of weight
/// tiles; then all tokens pass over it, by register tiles of `tokens` x `rows` sums. The panel holds the weights
/// themselves, so that sums start from 0. Sums wait in the result between the stretches. What the next band will unpack
/// is fetched meanwhile: it arrives during the products.
class AmxTiling : GemmTiling<AmxAttr> {
public:
  AmxTiling(GemmOp gemm, AmxAttr kernel)
      : GemmTiling(gemm, kernel), rows(kernel.getRows()), registerTiles(layout.tileRows / rows),
        rowRegisters(rows / kTileRows), tokenRegisters(kernel.getTokens() / kTileRows),
        stretch(columnsOfStretch(layout.tileColumns, columns, kTileColumns, kPanelBytes / layout.tileRows)),
        rest(columns % kTileColumns), byteTile(amx::TileType::get({kTileRows, kTileColumns}, b.getI8Type())),
        sumTile(amx::TileType::get({kTileRows, kTileRows}, b.getI32Type())) {}

  void build() {
    panel = memref::AllocaOp::create(b, loc, MemRefType::get({registerTiles, stretch / 4, rows * 4}, b.getI8Type()),
                                     b.getI64IntegerAttr(64));
    if (rest != 0)
      clearLastCodes();
    int64_t last = (columns - 1) / stretch * stretch; // where the last stretch begins, which may be shorter
    forEachBand([&](Value row, Value offset) {
      multiplyStretch(row, offset, index(0), std::min(stretch, columns), /*isFirst=*/true);
      if (last > stretch)
        loop(index(stretch), index(last), stretch,
             [&](Value first) { multiplyStretch(row, offset, first, stretch, /*isFirst=*/false); });
      if (last > 0)
        multiplyStretch(row, offset, index(last), columns - last, /*isFirst=*/false);
      if (rest != 0)
        lastColumns(row, (columns - last) / kTileColumns * kTileColumns);
    });
    gemm.erase();
  }

private:
  /// Bytes ahead of what is unpacked that are fetched: the next band's, which arrive during the products; scattered
  /// columns of this one, 128 lines.
  int64_t fetchedAhead() const {
    return layout.hasColumnLines() ? 128 * layout.columnBytes() : layout.bandBytes(columns);
  }

  void multiplyStretch(Value row, Value offset, Value first, int64_t size, bool isFirst) {
    UnpackPanelOp::create(b, loc, gemm.getWeights(), panel, offset, index(0), first, index(size),
                          b.getI64IntegerAttr(columns), gemm.getLayout(), b.getI64IntegerAttr(kernel.getWidth()),
                          b.getUnitAttr(), b.getI64IntegerAttr(fetchedAhead()));
    loop(index(0), index(registerTiles), 1, [&](Value registerTile) {
      Value top = plus(row, times(registerTile, rows));
      loop(index(0), gemm.getTokens(), kernel.getTokens(), [&](Value token) {
        SmallVector<Value> sums = isFirst ? zeroSums() : loadSums(token, top);
        addColumns(token, registerTile, first, size / kTileColumns * kTileColumns, sums, isFirst ? top : Value());
        storeSums(sums, token, top);
      });
    });
  }

  /// Where the tiles of 64 columns are: those of codes, a tile each 16 tokens, then those of weights, a tile each 16
  /// rows.
  struct Place {
    Value codes, token, column, registerTile, quad;
  };
  Value operand(const Place &place, int64_t i) {
    if (i < tokenRegisters)
      return amx::TileLoadOp::create(b, loc, byteTile, place.codes,
                                     ValueRange{plus(place.token, i * kTileRows), place.column});
    return amx::TileLoadOp::create(
        b, loc, byteTile, panel,
        ValueRange{place.registerTile, place.quad, index((i - tokenRegisters) * kTileRows * 4)});
  }
  SmallVector<Value> operands(const Place &place) {
    SmallVector<Value> tiles;
    for (int64_t i = 0; i < tokenRegisters + rowRegisters; ++i)
      tiles.push_back(operand(place, i));
    return tiles;
  }

  /// Adds the products of the operands of 64 columns to the sums. Each operand that is done with makes room for that of
  /// the next 64, if there are any: then its load runs beside the products (8 to 30 % on Emerald Rapids, where it takes
  /// 12 cycles and a product 16).
  void multiply(MutableArrayRef<Value> sums, MutableArrayRef<Value> tiles, const std::optional<Place> &next) {
    for (int64_t t = 0; t < tokenRegisters; ++t)
      for (int64_t r = 0; r < rowRegisters; ++r) {
        Value &sum = sums[t * rowRegisters + r], &codes = tiles[t], &weights = tiles[tokenRegisters + r];
        sum = amx::TileMulIOp::create(b, loc, sumTile, codes, weights, sum);
        if (next && r == rowRegisters - 1)
          codes = operand(*next, t);
        if (next && t == tokenRegisters - 1)
          weights = operand(*next, tokenRegisters + r);
      }
  }

  /// Adds the products of `size` columns. Where sums start, the lines of the result that they will be stored to, from
  /// row `fetch` of the weights on, are fetched meanwhile, a few in each iteration: a block's are in no cache.
  void addColumns(Value token, Value registerTile, Value first, int64_t size, SmallVectorImpl<Value> &sums,
                  Value fetch) {
    if (size == 0)
      return;
    int64_t tokensEach = llvm::divideCeil(kernel.getTokens(), size / kTileColumns);
    size_t count = sums.size();
    SmallVector<Value> carried(sums.begin(), sums.end());
    llvm::append_range(carried, operands({gemm.getCodes(), token, first, registerTile, index(0)}));
    scf::ForOp iterations = accumulate(index(0), index(size - kTileColumns), kTileColumns, carried, [&](Value column) {
      Value next = plus(column, kTileColumns);
      MutableArrayRef<Value> all = carried;
      multiply(all.take_front(count), all.drop_front(count),
               Place{gemm.getCodes(), token, plus(first, next), registerTile, over(next, 4)});
      Value other = plus(token, times(over(column, kTileColumns), tokensEach));
      for (int64_t t = 0; fetch && t < tokensEach; ++t)
        for (int64_t r = 0; r < rowRegisters; ++r)
          memref::PrefetchOp::create(b, loc, gemm.getOut(), ValueRange{plus(other, t), plus(fetch, r * kTileRows)},
                                     /*isWrite=*/true, 3, /*isDataCache=*/true);
    });
    neverUnroll(iterations);
    MutableArrayRef<Value> all = carried;
    multiply(all.take_front(count), all.drop_front(count), std::nullopt);
    sums.assign(all.begin(), all.begin() + count);
  }

  /// All eight registers are in use, and between the copies of an unrolled iteration LLVM moves tiles from one to
  /// another, through memory.
  void neverUnroll(scf::ForOp loop) {
    auto unroll = LLVM::LoopUnrollAttr::get(b.getContext(), /*disable=*/b.getBoolAttr(true), {}, {}, {}, {}, {}, {});
    loop->setAttr("llvm.loop_annotation", LLVM::LoopAnnotationAttr::get(b.getContext(), {}, {}, {}, unroll, {}, {}, {},
                                                                        {}, {}, {}, {}, {}, {}, {}, {}));
  }

  /// Columns of the last 64 that there are not: a load of codes would read the next token's, or past the last one. So
  /// its codes are copied to where zeros follow them, and what the panel holds there does not count.
  void clearLastCodes() {
    lastCodes = memref::AllocaOp::create(b, loc, MemRefType::get({kernel.getTokens(), kTileColumns}, b.getI8Type()),
                                         b.getI64IntegerAttr(64));
    for (int64_t t = 0; t < kernel.getTokens(); ++t)
      vector::StoreOp::create(b, loc, zeros(bytes(kTileColumns)), lastCodes, ValueRange{index(t), index(0)});
  }

  /// The last columns of a band, those of its last stretch from `column` on, while that is still in the panel.
  void lastColumns(Value row, int64_t column) {
    loop(index(0), gemm.getTokens(), kernel.getTokens(), [&](Value token) {
      loop(index(0), index(kernel.getTokens()), 1, [&](Value t) {
        Value codes = vector::LoadOp::create(b, loc, bytes(rest), gemm.getCodes(),
                                             ValueRange{plus(token, t), index(columns - rest)});
        vector::StoreOp::create(b, loc, codes, lastCodes, ValueRange{t, index(0)});
      });
      loop(index(0), index(registerTiles), 1, [&](Value registerTile) {
        Value top = plus(row, times(registerTile, rows));
        SmallVector<Value> sums = loadSums(token, top);
        SmallVector<Value> tiles = operands({lastCodes, index(0), index(0), registerTile, index(column / 4)});
        multiply(sums, tiles, std::nullopt);
        storeSums(sums, token, top);
      });
    });
  }

  SmallVector<Value> zeroSums() {
    SmallVector<Value> sums;
    for (int64_t i = 0; i < tokenRegisters * rowRegisters; ++i)
      sums.push_back(amx::TileZeroOp::create(b, loc, sumTile));
    return sums;
  }

  SmallVector<Value> loadSums(Value token, Value row) {
    SmallVector<Value> sums;
    for (int64_t i = 0; i < tokenRegisters * rowRegisters; ++i)
      sums.push_back(amx::TileLoadOp::create(b, loc, sumTile, gemm.getOut(), at(token, row, i)));
    return sums;
  }

  void storeSums(ArrayRef<Value> sums, Value token, Value row) {
    for (auto [i, sum] : llvm::enumerate(sums))
      amx::TileStoreOp::create(b, loc, gemm.getOut(), at(token, row, int64_t(i)), sum);
  }

  /// Where tile `number` of the sums begins.
  SmallVector<Value, 2> at(Value token, Value row, int64_t number) {
    return {plus(token, number / rowRegisters * kTileRows), plus(row, number % rowRegisters * kTileRows)};
  }

  int64_t rows, registerTiles, rowRegisters, tokenRegisters, stretch, rest;
  amx::TileType byteTile, sumTile;
  Value panel, lastCodes;
};

struct AmxLowering : KernelModel<AmxLowering, AmxAttr, AmxTiling> {
  static void addDialects(DialectRegistry &registry) { registry.insert<amx::AMXDialect, LLVM::LLVMDialect>(); }
};

/// Too many together are no kernel.
void blocks(const KernelSearch &search, KernelList &list) {
  for (int64_t tokens : {16, 32, 48})
    for (int64_t rows : {16, 32, 48})
      list.push_back(AmxAttr::get(search.context, tokens, rows));
}

} // namespace

namespace kernels {

void amx(KernelSet &set) {
  set.add<AmxAttr, AmxLowering>("ternary-tile-amx",
                                "Lower products of token blocks to loops over the tile registers of AMX", blocks);
}

} // namespace kernels
} // namespace tern
