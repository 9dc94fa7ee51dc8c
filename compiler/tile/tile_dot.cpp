//===- tile_dot.cpp - Dot products with columns in lanes as loops ---------===//
#include "compiler/tile/passes.h"
#include "compiler/tile/tile_fields.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYTILEDOT
#include "compiler/tile/Passes.h.inc"

namespace {

using namespace ternary;

/// The loop nest of one product. Each row of a tile is one vector of bytes; tile_fields.h knows what they hold.
class DotTiling {
public:
  explicit DotTiling(GemmOp gemm)
      : gemm(gemm), b(gemm), loc(gemm.getLoc()), layout(toLayout(gemm.getLayout())), kernel(gemm.getKernel()),
        fields(layout, kernel.getUnpack()), width(fields.width()), bytesType(VectorType::get({width}, b.getI8Type())),
        sumsType(VectorType::get({width / 4}, b.getI32Type())) {}

  void run() {
    int64_t columns = gemm.getCodes().getType().getDimSize(1);
    Value zero = index(0), tileRows = index(layout.tileRows), band = index(layout.bandBytes(columns));
    Value end = arith::AddIOp::create(b, loc, gemm.getBegin(), gemm.getSize());
    auto rows = scf::ForOp::create(b, loc, gemm.getBegin(), end, tileRows);
    b.setInsertionPointToStart(rows.getBody());
    row = rows.getInductionVar();
    Value number = arith::DivUIOp::create(b, loc, row, tileRows);
    bandOffset = arith::MulIOp::create(b, loc, number, band);

    auto tokens = scf::ForOp::create(b, loc, zero, gemm.getTokens(), index(kernel.getTokens()));
    b.setInsertionPointToStart(tokens.getBody());
    token = tokens.getInductionVar();

    Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(sumsType));
    SmallVector<Value> sums(layout.tileRows * kernel.getTokens() * fields.classes(), none);
    int64_t step = kernel.getUnroll() * layout.tileColumns, whole = columns / step * step;
    auto tiles = scf::ForOp::create(b, loc, zero, index(whole), index(step), sums);
    b.setInsertionPointToStart(tiles.getBody());
    sums = llvm::to_vector_of<Value>(tiles.getRegionIterArgs());
    for (int64_t u = 0; u < kernel.getUnroll(); ++u)
      tile(plus(tiles.getInductionVar(), u * layout.tileColumns), sums);
    scf::YieldOp::create(b, loc, sums);

    b.setInsertionPointAfter(tiles);
    sums = llvm::to_vector_of<Value>(tiles.getResults());
    for (int64_t column = whole; column < columns; column += layout.tileColumns)
      tile(index(column), sums);
    store(sums);
    gemm.erase();
  }

private:
  Value index(int64_t number) { return arith::ConstantIndexOp::create(b, loc, number); }
  Value plus(Value base, int64_t offset) {
    return offset == 0 ? base : arith::AddIOp::create(b, loc, base, index(offset)).getResult();
  }
  /// The partial sum of row i, token t, and accumulator class c.
  size_t slot(int64_t i, int64_t t, int64_t c) { return (i * kernel.getTokens() + t) * fields.classes() + c; }

  /// One tile of weights against the tokens of a register tile, added to `sums`.
  void tile(Value column, MutableArrayRef<Value> sums) {
    // A tile has tileRows bytes per fields.count() columns.
    Value offset = arith::MulIOp::create(b, loc, column, index(layout.tileRows));
    offset = arith::DivUIOp::create(b, loc, offset, index(fields.count()));
    offset = arith::AddIOp::create(b, loc, offset, bandOffset);
    SmallVector<Value> packed;
    for (int64_t i = 0; i < layout.tileRows; ++i) {
      Value at = plus(offset, i * width);
      if (kernel.getPrefetch() > 0 && i * width % 64 == 0)
        memref::PrefetchOp::create(b, loc, gemm.getWeights(), ValueRange{plus(at, kernel.getPrefetch())}, false, 3,
                                   true);
      packed.push_back(vector::LoadOp::create(b, loc, bytesType, gemm.getWeights(), at));
    }
    for (int64_t f = 0; f < fields.count(); ++f) {
      SmallVector<Value> codes;
      for (int64_t t = 0; t < kernel.getTokens(); ++t)
        codes.push_back(vector::LoadOp::create(b, loc, bytesType, gemm.getCodes(),
                                               ValueRange{plus(token, t), plus(column, f * width)}));
      SmallVector<Value> weights = fields.unpack(b, loc, packed, f);
      for (int64_t i = 0; i < layout.tileRows; ++i)
        for (int64_t t = 0; t < kernel.getTokens(); ++t) {
          Value &sum = sums[slot(i, t, fields.classOf(f))];
          sum = DotOp::create(b, loc, sum, weights[i], codes[t]);
        }
    }
  }

  /// Reduces the partial sums, takes off the code sum (a weight's code is w + 1) and stores one number per row and
  /// token.
  void store(ValueRange sums) {
    for (int64_t t = 0; t < kernel.getTokens(); ++t) {
      Value at = plus(token, t);
      Value activations = memref::LoadOp::create(b, loc, gemm.getSum(), at);
      for (int64_t i = 0; i < layout.tileRows; ++i) {
        Value lanes = sums[slot(i, t, 0)];
        // What class c summed is 4^c times too large; every lane is a multiple of that, so the shift is exact.
        for (int64_t c = 1; c < fields.classes(); ++c) {
          Value shift = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(sumsType, int32_t(2 * c)));
          Value part = arith::ShRSIOp::create(b, loc, sums[slot(i, t, c)], shift);
          lanes = arith::AddIOp::create(b, loc, lanes, part);
        }
        Value sum = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, lanes);
        sum = arith::SubIOp::create(b, loc, sum, activations);
        memref::StoreOp::create(b, loc, sum, gemm.getOut(), ValueRange{at, plus(row, i)});
      }
    }
  }

  GemmOp gemm;
  OpBuilder b;
  Location loc;
  Layout layout;
  KernelAttr kernel;
  TileFields fields;
  int64_t width;
  VectorType bytesType, sumsType;
  Value row, token, bandOffset;
};

struct TileDot : impl::TernaryTileDotBase<TileDot> {
  void runOnOperation() override {
    SmallVector<GemmOp> products;
    getOperation().walk([&](GemmOp gemm) {
      if (dotForm(gemm.getLayout(), gemm.getKernel()) == DotForm::ColumnsInLanes)
        products.push_back(gemm);
    });
    tiled += products.size();
    for (GemmOp gemm : products) {
      LayoutAttr layout = gemm.getLayout();
      if (!TileFields::knows(toLayout(layout).encoding)) {
        gemm.emitOpError() << "has strategy dot, which cannot read encoding "
                           << stringifyEncodingKind(layout.getEncoding()) << "; it reads codes2 and trits5";
        return signalPassFailure();
      }
      DotTiling(gemm).run();
    }
  }
};

} // namespace
} // namespace tern
