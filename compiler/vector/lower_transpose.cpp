//===- lower_transpose.cpp - ternary.transpose_bytes as shuffles ----------===//
#include "compiler/vector/lower_ops.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERTRANSPOSE
#include "compiler/vector/Passes.h.inc"

namespace {

/// Interleaves units of `unit` bytes of the low or high halves of each 16-byte segment of a and b: punpckl / punpckh,
/// zip1 / zip2.
Value interleave(OpBuilder &b, Location loc, Value lhs, Value rhs, int64_t unit, bool high) {
  int64_t width = cast<VectorType>(lhs.getType()).getDimSize(0);
  SmallVector<int64_t> order;
  for (int64_t segment = 0; segment < width; segment += 16)
    for (int64_t at = 0; at < 8; at += unit)
      for (int64_t side : {int64_t(0), width})
        for (int64_t byte = 0; byte < unit; ++byte)
          order.push_back(side + segment + (high ? 8 : 0) + at + byte);
  return vector::ShuffleOp::create(b, loc, lhs, rhs, order);
}

struct LowerTransposePattern : OpRewritePattern<ternary::TransposeBytesOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ternary::TransposeBytesOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto in = op.getInputs();
    SmallVector<Value> results;
    for (bool half : {false, true}) {
      Value first = interleave(rewriter, loc, in[0], in[1], 1, half),
            second = interleave(rewriter, loc, in[2], in[3], 1, half);
      for (bool quarter : {false, true})
        results.push_back(interleave(rewriter, loc, first, second, 2, quarter));
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};

struct LowerTranspose : impl::TernaryLowerTransposeBase<LowerTranspose> {
  void runOnOperation() override {
    lowered += lowerOps<ternary::TransposeBytesOp, LowerTransposePattern>(getOperation());
  }
};

} // namespace
} // namespace tern
