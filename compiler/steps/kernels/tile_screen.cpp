//===- tile_screen.cpp - Screening by codes as loops over rows and lines ---===//
#include "compiler/steps/passes.h"
#include "compiler/target/target.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "lib/head/row_codes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERTILESCREEN
#include "compiler/steps/Passes.h.inc"

namespace {

/// All codes in a vector of bytes meet both bytes of the hidden state, in one chain of dots for each byte: a chain for
/// each field too leaves less room for the next row's.
class ScreenTiling {
public:
  explicit ScreenTiling(decoder::ScreenRowsOp op)
      : op(op), b(op), loc(op.getLoc()), width(int64_t(op.getVector())),
        bytesType(VectorType::get({width}, b.getI8Type())), wordsType(VectorType::get({width / 2}, b.getI16Type())),
        sumsType(VectorType::get({width / 4}, b.getI32Type())),
        ahead(cpuFactsOf(op->getParentOfType<ModuleOp>()).screenFetch) {}

  void run() {
    int64_t rowBytes = codeRowBytes(int64_t(op.getColumns()), int64_t(op.getPlane()));
    Value end = arith::AddIOp::create(b, loc, op.getBegin(), op.getSize());
    auto rows = scf::ForOp::create(b, loc, op.getBegin(), end, index(1));
    b.setInsertionPointToStart(rows.getBody());
    Value place = rows.getInductionVar();
    Value first = rowBegin(place, rowBytes);
    Value later = laterRow(place, end, rowBytes);

    Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(sumsType));
    auto lines =
        scf::ForOp::create(b, loc, index(0), index(rowBytes), index(kCodeLineBytes), SmallVector<Value>(2, none));
    b.setInsertionPointToStart(lines.getBody());
    scf::YieldOp::create(b, loc, line(first, later, lines.getInductionVar(), lines.getRegionIterArgs()));

    b.setInsertionPointAfter(lines);
    for (int64_t byte = 0; byte < 2; ++byte) {
      Value sum = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, lines.getResult(unsigned(byte)));
      memref::StoreOp::create(b, loc, sum, op.getSums(), ValueRange{place, index(byte)});
    }
    op.erase();
  }

private:
  Value index(int64_t number) { return arith::ConstantIndexOp::create(b, loc, number); }
  Value plus(Value base, int64_t offset) { return arith::AddIOp::create(b, loc, base, index(offset)); }

  Value rowAt(Value place) {
    Value row = memref::LoadOp::create(b, loc, op.getRows(), place);
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), row);
  }

  /// The byte at which the row in this place of the list begins.
  Value rowBegin(Value place, int64_t rowBytes) {
    Value begin = arith::MulIOp::create(b, loc, rowAt(place), index(rowBytes));
    return arith::AddIOp::create(b, loc, begin, op.getOffset());
  }

  /// The byte at which a later row of the list begins, of which a line is fetched for each line of this one.
  Value laterRow(Value place, Value end, int64_t rowBytes) {
    int64_t rowsAhead = llvm::divideCeil(ahead, rowBytes);
    return rowBegin(arith::MinUIOp::create(b, loc, plus(place, rowsAhead), plus(end, -1)), rowBytes);
  }

  /// Codes of `bits` bits, so many bits up in each byte.
  Value field(Value packed, int64_t shift, int64_t bits) {
    if (shift > 0) {
      // No target shifts bytes; the mask clears what came from the neighbour.
      Value words = vector::BitCastOp::create(b, loc, wordsType, packed);
      Value by = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(wordsType, int16_t(shift)));
      packed = vector::BitCastOp::create(b, loc, bytesType, arith::ShRUIOp::create(b, loc, words, by));
    }
    Value mask = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(bytesType, int8_t((1 << bits) - 1)));
    return arith::AndIOp::create(b, loc, packed, mask);
  }

  /// A sum for each byte of the hidden state.
  SmallVector<Value> line(Value first, Value later, Value at, ValueRange before) {
    SmallVector<Value> sums(before);
    int64_t bits = kCodeBits[op.getPlane()];
    Value column = arith::MulIOp::create(b, loc, at, index(8 / bits));
    Value fetched = arith::AddIOp::create(b, loc, later, at);
    memref::PrefetchOp::create(b, loc, op.getPlanes(), fetched, /*isWrite=*/false,
                               /*localityHint=*/4 - unsigned(op.getFetchLevel()),
                               /*isDataCache=*/true);
    at = arith::AddIOp::create(b, loc, first, at);
    for (int64_t part = 0; part < kCodeLineBytes; part += width) {
      Value packed = vector::LoadOp::create(b, loc, bytesType, op.getPlanes(), plus(at, part));
      for (int64_t place = 0; place < 8 / bits; ++place) {
        Value codes = field(packed, place * bits, bits);
        Value columns = plus(column, place * kCodeLineBytes + part);
        for (int64_t byte = 0; byte < 2; ++byte) {
          Value hidden =
              vector::LoadOp::create(b, loc, bytesType, op.getHiddenCodes(), ValueRange{index(byte), columns});
          Value &sum = sums[size_t(byte)];
          sum = ternary::DotOp::create(b, loc, sum, codes, hidden);
        }
      }
    }
    return sums;
  }

  decoder::ScreenRowsOp op;
  OpBuilder b;
  Location loc;
  int64_t width;
  VectorType bytesType, wordsType, sumsType;
  int64_t ahead; ///< bytes in the list from this row to the later one
};

struct TileScreen : impl::DecoderTileScreenBase<TileScreen> {
  void runOnOperation() override {
    SmallVector<decoder::ScreenRowsOp> screens;
    getOperation().walk([&](decoder::ScreenRowsOp op) { screens.push_back(op); });
    screenings += screens.size();
    for (decoder::ScreenRowsOp op : screens)
      ScreenTiling(op).run();
  }
};

} // namespace
} // namespace tern
