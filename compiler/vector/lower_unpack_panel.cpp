//===- lower_unpack_panel.cpp - Codes of some rows of a band as bytes -----===//
#include "compiler/kernels/support/tile_fields.h"
#include "compiler/vector/lower_ops.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERUNPACKPANEL
#include "compiler/vector/Passes.h.inc"

namespace {

using namespace ternary;

/// One form for each encoding; all store whole vectors of lanes.
struct PanelBuilder {
  PanelBuilder(UnpackPanelOp op, OpBuilder &b)
      : op(op), b(b), loc(op.getLoc()), layout(toLayout(op.getLayout())), width(op.getWidth()),
        bytes(VectorType::get({width}, b.getI8Type())), rowsPerRegisterTile(op.getPanel().getType().getDimSize(2) / 4) {
  }

  Value index(int64_t number) { return arith::ConstantIndexOp::create(b, loc, number); }
  Value plus(Value base, int64_t offset) {
    return offset == 0 ? base : arith::AddIOp::create(b, loc, base, index(offset)).getResult();
  }
  Value load(Value at) { return vector::LoadOp::create(b, loc, bytes, op.getWeights(), at); }

  void fetch(Value at) {
    memref::PrefetchOp::create(b, loc, op.getWeights(), at, /*isWrite=*/false, /*localityHint=*/2,
                               /*isDataCache=*/true);
  }

  Value field(Value packed, int64_t number) { return UnpackOp::create(b, loc, packed, number, UnpackMode::Shift); }

  /// Rows [row, row + width / 4) of the four columns `quad`.
  void store(Value codes, int64_t row, Value quad) {
    if (op.getIsSigned())
      codes = arith::SubIOp::create(
          b, loc, codes,
          arith::ConstantOp::create(b, loc, DenseElementsAttr::get(bytes, int8_t(rulesOf(layout.encoding).zero))));
    vector::StoreOp::create(b, loc, codes, op.getPanel(),
                            ValueRange{index(row / rowsPerRegisterTile), quad, index(row % rowsPerRegisterTile * 4)});
  }

  Value times(Value value, int64_t factor) { return arith::MulIOp::create(b, loc, value, index(factor)); }
  Value quadOf(Value column) { return arith::DivUIOp::create(b, loc, column, index(4)); }
  scf::ForOp loop(int64_t step, ValueRange carried) {
    auto loop = scf::ForOp::create(b, loc, index(0), op.getSize(), index(step), carried);
    b.setInsertionPointToStart(loop.getBody());
    return loop;
  }

  /// A row of a tile is one word, which has four columns in each field.
  void words() {
    TileFields fields(layout, UnpackMode::Shift);
    OpBuilder::InsertionGuard guard(b);
    Value start = arith::AddIOp::create(b, loc, op.getOffset(), times(op.getTop(), 4));
    Value column = loop(layout.tileColumns, {}).getInductionVar();
    Value tile =
        arith::DivUIOp::create(b, loc, arith::AddIOp::create(b, loc, op.getFirst(), column), index(layout.tileColumns));
    Value offset = arith::AddIOp::create(b, loc, start, times(tile, layout.tileBytes()));
    for (int64_t at = 0; at < 4 * op.panelRows(); at += width) {
      if (std::optional<int64_t> distance = op.getPrefetch(); distance && at % 64 == 0)
        fetch(plus(offset, at + *distance));
      Value packed = load(plus(offset, at));
      SmallVector<Value> codes;
      for (int64_t f = 0; f < fields.count(); ++f)
        codes.push_back(fields.unpack(b, loc, packed, f).front());
      for (auto [f, quad] : llvm::enumerate(codes))
        store(quad, at / 4, plus(quadOf(column), int64_t(f)));
    }
  }

  /// A column is a line of 64 bytes for every 256 rows, of which each field has 64; four columns are transposed.
  void columnLines() {
    int64_t stride = layout.columnBytes(), all = op.getColumns(), step = layout.columnStep(all), rows = op.panelRows();
    Value line = times(arith::DivUIOp::create(b, loc, op.getTop(), index(Line::rows)), Line::bytes);
    Value lines = arith::AddIOp::create(b, loc, op.getOffset(), line);
    Value shift = fieldShift();
    Value start = arith::RemUIOp::create(b, loc, times(op.getFirst(), step), index(all));
    OpBuilder::InsertionGuard guard(b);
    scf::ForOp columns = loop(4, start);
    Value place = columns.getRegionIterArgs()[0], quad = quadOf(columns.getInductionVar());
    SmallVector<Value> offsets;
    // Each from the first, so that a chain of remainders is not what the loads wait for.
    auto behind = [&](int64_t count) -> Value {
      Value next = plus(place, count * step % all);
      return arith::MinUIOp::create(b, loc, next, arith::SubIOp::create(b, loc, next, index(all)));
    };
    for (int64_t j = 0; j < 4; ++j) {
      offsets.push_back(arith::AddIOp::create(b, loc, lines, times(behind(j), stride)));
      if (std::optional<int64_t> distance = op.getPrefetch())
        for (int64_t at = 0; at < std::max(rows / Line::fields, Line::bytes); at += Line::bytes)
          fetch(plus(arith::AddIOp::create(b, loc, lines, times(behind(j + *distance / stride), stride)), at));
    }
    for (int64_t at = 0; at < std::max(rows / Line::fields, Line::bytes); at += width) {
      SmallVector<Value> packed;
      for (Value offset : offsets)
        packed.push_back(load(plus(offset, at)));
      auto quads = TransposeBytesOp::create(b, loc, TypeRange(ValueRange(packed)), packed);
      for (int64_t v = 0; v < 4; ++v) {
        Value fields = shifted(quads.getResult(v), shift);
        for (int64_t f = 0; f < std::min(rows, Line::rows) / Line::fieldRows; ++f)
          store(field(fields, f), at / Line::bytes * Line::rows + Line::firstRow(f, v) + at % Line::bytes / 4, quad);
      }
    }
    scf::YieldOp::create(b, loc, behind(4));
  }

  /// By how many bits the field that row `top` of a line is in lies above the first, in 16-bit lanes; none if a panel
  /// takes all fields.
  Value fieldShift() {
    if (op.panelRows() >= Line::rows)
      return {};
    Value row = arith::RemUIOp::create(b, loc, op.getTop(), index(Line::rows));
    Value bits = arith::DivUIOp::create(b, loc, row, index(Line::fieldRows / 2));
    bits = arith::IndexCastOp::create(b, loc, b.getI16Type(), bits);
    return vector::BroadcastOp::create(b, loc, VectorType::get({width / 2}, b.getI16Type()), bits);
  }

  /// What a field gets from its neighbour's byte lies above it, where ternary.unpack masks.
  Value shifted(Value codes, Value bits) {
    if (!bits)
      return codes;
    Value lanes = vector::BitCastOp::create(b, loc, bits.getType(), codes);
    return vector::BitCastOp::create(b, loc, codes.getType(), arith::ShRUIOp::create(b, loc, lanes, bits));
  }

  using Line = Columns2Line;
  UnpackPanelOp op;
  OpBuilder &b;
  Location loc;
  Layout layout;
  int64_t width;
  VectorType bytes;
  int64_t rowsPerRegisterTile;
};

struct LowerUnpackPanelPattern : OpRewritePattern<UnpackPanelOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnpackPanelOp op, PatternRewriter &rewriter) const override {
    PanelBuilder builder(op, rewriter);
    if (toLayout(op.getLayout()).hasColumnLines())
      builder.columnLines();
    else
      builder.words();
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerUnpackPanel : impl::TernaryLowerUnpackPanelBase<LowerUnpackPanel> {
  void runOnOperation() override { lowered += lowerOps<UnpackPanelOp, LowerUnpackPanelPattern>(getOperation()); }
};

} // namespace
} // namespace tern
