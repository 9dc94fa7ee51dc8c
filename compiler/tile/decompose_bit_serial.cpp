//===- decompose_bit_serial.cpp - Products over bit planes as table lookups ---===//
#include "compiler/tile/passes.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYDECOMPOSEBITSERIAL
#include "compiler/tile/Passes.h.inc"

namespace {

using namespace ternary;

/// Columns of one lookup, and of one byte of a plane.
constexpr int64_t kGroup = 4, kUnit = 8;
/// Lookups that a signed byte has room for: a sum of four activations is 31 * high + low with |low| <= 15 and |high| <= 17.
constexpr int64_t kRoom = 127 / 17;

/// The loop nest of one product (T-MAC, arXiv 2407.00088, section 3). With s_i = 2 bit_i - 1 a weight of b planes is
/// w = (sum over i of 2^i s_i - 1) / 2, so that a row's product is (sum over i of 2^i S_i - A) / 2: S_i adds up looked-up sums of
/// activations for the signs of plane i, A is the sum of the activations.
class BitSerial {
public:
  BitSerial(GemmOp gemm, int64_t planes)
      : gemm(gemm), b(gemm), loc(gemm.getLoc()), planes(planes), layout(toLayout(gemm.getLayout())), width(gemm.getKernel().getWidth()),
        columns(gemm.getCodes().getType().getDimSize(1)), bytesType(VectorType::get({width}, b.getI8Type())),
        wordsType(VectorType::get({width}, b.getI16Type())), sumsType(VectorType::get({width}, b.getI32Type())),
        table(TableAttr::get(b.getContext(), DigitKind::Signs, kGroup, TableRange::Full, TableForm::Halves)) {}

  LogicalResult run() {
    if (layout.tileRows % width != 0)
      return gemm.emitOpError() << "has tiles of " << layout.tileRows << " rows, no multiple of the " << width
                                << " that a lookup of width " << width << " takes";
    if (layout.tileColumns / kGroup > kRoom)
      return gemm.emitOpError() << "has tiles of " << layout.tileColumns << " columns, but 8-bit sums have room for " << kRoom
                                << " lookups of " << kGroup << " columns: at most " << kRoom * kGroup / kUnit * kUnit << " columns";
    if (gemm.getKernel().getTokens() != 1)
      return gemm.emitOpError("has strategy bit_serial, which takes one token at a time: tokens = 1");
    int64_t bytes = columns / kGroup * 2 * table.paddedEntries();
    tables = memref::AllocaOp::create(b, loc, MemRefType::get({bytes}, b.getI8Type()), b.getI64IntegerAttr(64));
    auto tokens = loop(index(0), gemm.getTokens(), 1);
    token = tokens.getInductionVar();
    buildTables();
    auto rows = loop(gemm.getBegin(), plus(gemm.getBegin(), gemm.getSize()), layout.tileRows);
    row = rows.getInductionVar();
    Value band = times(over(row, layout.tileRows), layout.bandBytes(columns));
    SmallVector<Value> none(layout.tileRows / width, splat(sumsType, 0));
    auto tiles = loop(index(0), index(columns), layout.tileColumns, none);
    SmallVector<Value> sums(tiles.getRegionIterArgs());
    tile(tiles.getInductionVar(), band, sums);
    scf::YieldOp::create(b, loc, sums);
    b.setInsertionPointAfter(tiles);
    store(tiles.getResults());
    gemm.erase();
    return success();
  }

private:
  Value index(int64_t number) { return arith::ConstantIndexOp::create(b, loc, number); }
  Value plus(Value base, Value offset) { return arith::AddIOp::create(b, loc, base, offset); }
  Value plus(Value base, int64_t offset) { return offset == 0 ? base : plus(base, index(offset)); }
  Value times(Value base, int64_t factor) { return arith::MulIOp::create(b, loc, base, index(factor)); }
  Value over(Value base, int64_t divisor) { return arith::DivUIOp::create(b, loc, base, index(divisor)); }
  Value splat(VectorType type, int64_t number) {
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, APInt(type.getElementTypeBitWidth(), uint64_t(number))));
  }
  scf::ForOp loop(Value begin, Value end, int64_t step, ValueRange carried = {}) {
    auto loop = scf::ForOp::create(b, loc, begin, end, index(step), carried);
    b.setInsertionPointToStart(loop.getBody());
    return loop;
  }

  /// The tables of all groups of the token: low halves, then high halves.
  void buildTables() {
    auto groups = loop(index(0), index(columns / kGroup), 1);
    Value group = groups.getInductionVar();
    Value codes = vector::LoadOp::create(b, loc, VectorType::get({kGroup}, b.getI8Type()), gemm.getCodes(),
                                         ValueRange{token, times(group, kGroup)});
    Value built = TableBuildOp::create(b, loc, table.tableType(), codes, Value(), table);
    vector::StoreOp::create(b, loc, built, tables, times(group, 2 * table.paddedEntries()));
    b.setInsertionPointAfter(groups);
  }

  /// Adds one tile of weights to the sums: lookups of each plane in bytes, then 2^i times their sums.
  void tile(Value column, Value band, MutableArrayRef<Value> sums) {
    Value offset = plus(band, times(over(column, layout.tileColumns), layout.tileBytes()));
    Value group = over(column, kGroup);
    int64_t prefetch = gemm.getKernel().getPrefetch();
    for (int64_t line = 0; prefetch > 0 && line < layout.tileBytes(); line += 64)
      memref::PrefetchOp::create(b, loc, gemm.getWeights(), ValueRange{plus(offset, prefetch + line)}, false, 3, true);
    size_t vectors = sums.size();
    SmallVector<Value> low(vectors * planes, splat(bytesType, 0)), high = low;
    for (int64_t unit = 0; unit < layout.tileColumns / kUnit; ++unit) {
      Value halves[2][2]; // of the unit's two groups
      for (int64_t g = 0; g < 2; ++g)
        for (int64_t half = 0; half < 2; ++half) {
          Value at = times(plus(group, unit * 2 + g), 2 * table.paddedEntries());
          halves[g][half] = vector::LoadOp::create(b, loc, VectorType::get({table.paddedEntries()}, b.getI8Type()), tables,
                                                   plus(at, half * table.paddedEntries()));
        }
      for (int64_t plane = 0; plane < planes; ++plane)
        for (size_t v = 0; v < vectors; ++v) {
          int64_t byte = (unit * planes + plane) * layout.tileRows + int64_t(v) * width;
          Value packed = vector::LoadOp::create(b, loc, bytesType, gemm.getWeights(), plus(offset, byte));
          Value indices[2] = {packed, upperNibbles(packed)};
          for (int64_t g = 0; g < 2; ++g) {
            size_t slot = v * size_t(planes) + size_t(plane);
            low[slot] = arith::AddIOp::create(b, loc, low[slot], TableLookupOp::create(b, loc, halves[g][0], indices[g]));
            high[slot] = arith::AddIOp::create(b, loc, high[slot], TableLookupOp::create(b, loc, halves[g][1], indices[g]));
          }
        }
    }
    for (size_t v = 0; v < vectors; ++v)
      for (int64_t plane = 0; plane < planes; ++plane) {
        size_t slot = v * size_t(planes) + size_t(plane);
        Value sum = arith::ExtSIOp::create(b, loc, wordsType, high[slot]);
        sum = arith::MulIOp::create(b, loc, sum, splat(wordsType, kHalvesRadix));
        sum = arith::AddIOp::create(b, loc, sum, arith::ExtSIOp::create(b, loc, wordsType, low[slot]));
        Value wide = arith::ExtSIOp::create(b, loc, sumsType, sum);
        wide = arith::ShLIOp::create(b, loc, wide, splat(sumsType, plane));
        sums[v] = arith::AddIOp::create(b, loc, sums[v], wide);
      }
  }

  /// The second group's indices in the low bits. What is above does not count (ternary.table_lookup), so bytes are shifted as words.
  Value upperNibbles(Value packed) {
    auto words = VectorType::get({width / 2}, b.getI16Type());
    Value lanes = vector::BitCastOp::create(b, loc, words, packed);
    lanes = arith::ShRUIOp::create(b, loc, lanes, splat(words, 4));
    return vector::BitCastOp::create(b, loc, bytesType, lanes);
  }

  /// (sum - A) / 2 for each row; the difference is even.
  void store(ValueRange sums) {
    Value activations = memref::LoadOp::create(b, loc, gemm.getSum(), token);
    Value all = vector::BroadcastOp::create(b, loc, sumsType, activations);
    for (auto [v, sum] : llvm::enumerate(sums)) {
      Value half = arith::ShRSIOp::create(b, loc, arith::SubIOp::create(b, loc, sum, all), splat(sumsType, 1));
      vector::StoreOp::create(b, loc, half, gemm.getOut(), ValueRange{token, plus(row, int64_t(v) * width)});
    }
  }

  GemmOp gemm;
  OpBuilder b;
  Location loc;
  int64_t planes;
  Layout layout;
  int64_t width, columns;
  VectorType bytesType, wordsType, sumsType;
  TableAttr table;
  Value tables, token, row;
};

/// 0 for an encoding that has no planes.
int64_t planesOf(EncodingKind encoding) {
  switch (encoding) {
  case EncodingKind::Planes1:
    return 1;
  case EncodingKind::Planes2:
    return 2;
  case EncodingKind::Planes3:
    return 3;
  case EncodingKind::Planes4:
    return 4;
  default:
    return 0;
  }
}

struct DecomposeBitSerial : impl::TernaryDecomposeBitSerialBase<DecomposeBitSerial> {
  void runOnOperation() override {
    SmallVector<GemmOp> products;
    getOperation().walk([&](GemmOp gemm) {
      if (gemm.getKernel().getStrategy() == Strategy::BitSerial)
        products.push_back(gemm);
    });
    for (GemmOp gemm : products) {
      EncodingKind encoding = gemm.getLayout().getEncoding();
      if (planesOf(encoding) == 0) {
        gemm.emitOpError() << "has strategy bit_serial, which needs a layout of bit planes (planes1 to planes4), not "
                           << stringifyEncodingKind(encoding);
        return signalPassFailure();
      }
      if (failed(BitSerial(gemm, planesOf(encoding)).run()))
        return signalPassFailure();
    }
  }
};

} // namespace
} // namespace tern
