//===- lower_unpack.cpp - ternary.unpack as shifts and masks --------------===//
#include "compiler/vector/lower_ops.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERUNPACK
#include "compiler/vector/Passes.h.inc"

namespace {

struct LowerUnpackPattern : OpRewritePattern<ternary::UnpackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ternary::UnpackOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto bytes = cast<VectorType>(op.getPacked().getType());
    int64_t shift = Bits2::shift(op.getField());
    auto mask = [&](Value value, uint8_t bits) -> Value {
      Value pattern = arith::ConstantOp::create(rewriter, loc, DenseElementsAttr::get(bytes, APInt(8, bits)));
      return arith::AndIOp::create(rewriter, loc, value, pattern);
    };
    if (op.getMode() == ternary::UnpackMode::Mask) {
      rewriter.replaceOp(op, mask(op.getPacked(), uint8_t(Bits2::mask << shift)));
      return success();
    }
    // What is left of the shift of a pair's second field.
    int64_t left = op.getMode() == ternary::UnpackMode::Pairs ? shift % (2 * Bits2::bits) : 0;
    Value shifted = op.getPacked();
    if (shift -= left; shift > 0) {
      // No target shifts bytes, so 16-bit lanes are shifted; the mask clears what came from the neighbour.
      auto words = VectorType::get({bytes.getDimSize(0) / 2}, rewriter.getI16Type());
      Value lanes = vector::BitCastOp::create(rewriter, loc, words, shifted);
      Value amount = arith::ConstantOp::create(rewriter, loc, DenseElementsAttr::get(words, APInt(16, shift)));
      lanes = arith::ShRUIOp::create(rewriter, loc, lanes, amount);
      shifted = vector::BitCastOp::create(rewriter, loc, bytes, lanes);
    }
    rewriter.replaceOp(op, mask(shifted, uint8_t(Bits2::mask << left)));
    return success();
  }
};

struct LowerUnpack : impl::TernaryLowerUnpackBase<LowerUnpack> {
  void runOnOperation() override { lowered += lowerOps<ternary::UnpackOp, LowerUnpackPattern>(getOperation()); }
};

} // namespace
} // namespace tern
