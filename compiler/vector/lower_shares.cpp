//===- lower_shares.cpp - step.share as arithmetic ---------------------===//
#include "compiler/vector/lower_ops.h"
#include "dialects/decoder/Decoder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERLOWERSHARES
#include "compiler/vector/Passes.h.inc"

namespace {

/// Thread i of n over g granules begins at granule floor(g * i / n): shares differ by at most one granule.
struct LowerSharePattern : OpRewritePattern<step::ShareOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(step::ShareOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto index = [&](int64_t value) { return arith::ConstantIndexOp::create(rewriter, loc, value); };
    Value size = index(op.getGranule());
    Value granules = arith::CeilDivUIOp::create(rewriter, loc, op.getExtent(), size);
    auto beginOf = [&](Value thread) -> Value {
      Value product = arith::MulIOp::create(rewriter, loc, granules, thread);
      Value granule = arith::DivUIOp::create(rewriter, loc, product, op.getThreads());
      Value first = arith::MulIOp::create(rewriter, loc, granule, size);
      return arith::MinUIOp::create(rewriter, loc, first, op.getExtent()); // the last granule may be short
    };
    Value begin = beginOf(op.getThread());
    Value end = beginOf(arith::AddIOp::create(rewriter, loc, op.getThread(), index(1)));
    rewriter.replaceOp(op, {begin, arith::SubIOp::create(rewriter, loc, end, begin).getResult()});
    return success();
  }
};

struct LowerShares : impl::DecoderLowerSharesBase<LowerShares> {
  void runOnOperation() override { lowered += lowerOps<step::ShareOp, LowerSharePattern>(getOperation()); }
};

} // namespace
} // namespace tern
