//===- fuse_norm_quantize.cpp - Norm and quantisation in one pass ---------===//
#include "compiler/select/passes.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERFUSENORMQUANTIZE
#include "compiler/select/Passes.h.inc"

namespace {

struct FusePattern : OpRewritePattern<ternary::QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ternary::QuantizeOp op, PatternRewriter &rewriter) const override {
    auto norm = op.getInput().getDefiningOp<decoder::RmsNormOp>();
    if (!norm || !norm->hasOneUse())
      return failure();
    auto fused = decoder::RmsNormQuantizeOp::create(rewriter, op.getLoc(), op.getResultTypes(), norm.getInput(),
                                                    norm.getWeightAttr(), norm.getEpsAttr(), op.getQuantizer());
    // All that both say of themselves goes on to the one.
    if (failed(step::copyProperties(norm, fused)) || failed(step::copyProperties(op, fused))) {
      rewriter.eraseOp(fused);
      return failure();
    }
    rewriter.replaceOp(op, fused.getResults());
    rewriter.eraseOp(norm);
    return success();
  }
};

struct FuseNormQuantize : impl::DecoderFuseNormQuantizeBase<FuseNormQuantize> {
  void runOnOperation() override {
    uint64_t before = countOps<decoder::RmsNormOp>(getOperation());
    RewritePatternSet patterns(&getContext());
    patterns.add<FusePattern>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    fused += before - countOps<decoder::RmsNormOp>(getOperation());
  }
};

} // namespace
} // namespace tern
