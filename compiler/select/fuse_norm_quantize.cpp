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
    rewriter.replaceOpWithNewOp<decoder::RmsNormQuantizeOp>(op, op.getCodes().getType(), op.getScale().getType(),
                                                            op.getSum().getType(), norm.getInput(),
                                                            norm.getWeightAttr(), norm.getEpsAttr());
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
