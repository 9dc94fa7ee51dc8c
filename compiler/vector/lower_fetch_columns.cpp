//===- lower_fetch_columns.cpp - Prefetches of a stretch of columns -------===//
#include "compiler/vector/lower_ops.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERFETCHCOLUMNS
#include "compiler/vector/Passes.h.inc"

namespace {

using namespace ternary;

constexpr int64_t kLine = 64;

/// Columns lie one tile after the other, or, in column lines, each somewhere in the band.
struct LowerFetchColumnsPattern : OpRewritePattern<FetchColumnsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FetchColumnsOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Layout layout = toLayout(op.getLayout());
    bool scattered = layout.hasColumnLines();
    int64_t unit = scattered ? 1 : layout.tileColumns, bytes = scattered ? layout.columnBytes() : layout.tileBytes();
    auto index = [&](int64_t number) -> Value { return arith::ConstantIndexOp::create(rewriter, loc, number); };

    Value end = arith::AddIOp::create(rewriter, loc, op.getFirst(), op.getSize());
    auto columns = scf::ForOp::create(rewriter, loc, op.getFirst(), end, index(unit));
    rewriter.setInsertionPointToStart(columns.getBody());
    Value place = columns.getInductionVar();
    if (scattered) {
      place = arith::MulIOp::create(rewriter, loc, place, index(layout.columnStep(op.getColumns())));
      place = arith::RemUIOp::create(rewriter, loc, place, index(op.getColumns()));
    } else {
      place = arith::DivUIOp::create(rewriter, loc, place, index(unit));
    }
    place = arith::MulIOp::create(rewriter, loc, place, index(bytes));
    place = arith::AddIOp::create(rewriter, loc, op.getOffset(), place);
    for (int64_t at = 0; at < bytes; at += kLine) {
      Value line = arith::AddIOp::create(rewriter, loc, place, index(at));
      memref::PrefetchOp::create(rewriter, loc, op.getWeights(), line, /*isWrite=*/false, /*localityHint=*/2,
                                 /*isDataCache=*/true);
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerFetchColumns : impl::TernaryLowerFetchColumnsBase<LowerFetchColumns> {
  void runOnOperation() override { lowered += lowerOps<FetchColumnsOp, LowerFetchColumnsPattern>(getOperation()); }
};

} // namespace
} // namespace tern
