//===- split_linear.cpp - Ternary linears as quantize, matmul, rescale -----===//
#include "compiler/select/passes.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYSPLITLINEAR
#include "compiler/select/Passes.h.inc"

namespace {

struct SplitLinearPattern : OpRewritePattern<ternary::LinearOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ternary::LinearOp op, PatternRewriter &rewriter) const override {
    auto input = cast<RankedTensorType>(op.getInput().getType());
    auto result = cast<RankedTensorType>(op.getResult().getType());
    auto perToken = [&](Type element) { return RankedTensorType::get({input.getDimSize(0)}, element); };
    auto quantize = ternary::QuantizeOp::create(
        rewriter, op.getLoc(),
        TypeRange{input.clone(rewriter.getI8Type()), perToken(rewriter.getF32Type()), perToken(rewriter.getI32Type())},
        op.getInput());
    auto product = ternary::MatmulOp::create(rewriter, op.getLoc(), result.clone(rewriter.getI32Type()),
                                             quantize.getCodes(), quantize.getSum(), op.getWeightAttr(),
                                             ternary::KernelAttr());
    rewriter.replaceOpWithNewOp<ternary::RescaleOp>(op, result, product, quantize.getStep(), op.getWeightAttr());
    return success();
  }
};

struct SplitLinear : impl::TernarySplitLinearBase<SplitLinear> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitLinearPattern>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
} // namespace tern
