//===- lower_dot.cpp - ternary.dot as target instructions -----------------===//
#include "compiler/llvm/lower_for_target.h"
#include "compiler/llvm/passes.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERDOT
#include "compiler/llvm/Passes.h.inc"

namespace {

/// An instruction that computes ternary.dot for vectors of `bytes` bytes on targets with all of `features`.
struct DotInstruction {
  int64_t bytes;
  SmallVector<StringRef, 3> features;
  StringRef dot;        ///< intrinsic (acc, u8, s8) -> acc, or empty
  StringRef multiplyU8; ///< else: u8 x s8 pairs summed to int16 ...
  StringRef addPairs;   ///< ... and int16 pairs (by ones) summed to int32
};

/// In order of preference. The int16 form cannot saturate: see ternary.dot.
ArrayRef<DotInstruction> dotInstructions() {
  static const DotInstruction table[] = {
      {64, {"avx512vnni"}, "llvm.x86.avx512.vpdpbusd.512", "", ""},
      {32, {"avx512vnni", "avx512vl"}, "llvm.x86.avx512.vpdpbusd.256", "", ""},
      {16, {"avx512vnni", "avx512vl"}, "llvm.x86.avx512.vpdpbusd.128", "", ""},
      {32, {"avxvnni"}, "llvm.x86.avx512.vpdpbusd.256", "", ""},
      {16, {"avxvnni"}, "llvm.x86.avx512.vpdpbusd.128", "", ""},
      {64, {"avx512bw"}, "", "llvm.x86.avx512.pmaddubs.w.512", "llvm.x86.avx512.pmaddw.d.512"},
      {32, {"avx2"}, "", "llvm.x86.avx2.pmadd.ub.sw", "llvm.x86.avx2.pmadd.wd"},
      {16, {"ssse3"}, "", "llvm.x86.ssse3.pmadd.ub.sw.128", "llvm.x86.sse2.pmadd.wd"},
      {16, {"i8mm", "neon"}, "llvm.aarch64.neon.usdot", "", ""},
  };
  return table;
}

struct LowerDotPattern : OpRewritePattern<ternary::DotOp> {
  LowerDotPattern(MLIRContext *context, LLVM::TargetAttr target) : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(ternary::DotOp op, PatternRewriter &rewriter) const override {
    int64_t bytes = cast<VectorType>(op.getLhs().getType()).getDimSize(0);
    for (const DotInstruction &instruction : dotInstructions())
      if (instruction.bytes == bytes &&
          llvm::all_of(instruction.features, [&](StringRef name) { return hasFeature(target, name); })) {
        rewriter.replaceOp(op, emit(op, instruction, rewriter));
        return success();
      }
    rewriter.replaceOp(op, emitPortable(op, rewriter));
    return success();
  }

private:
  static Value call(PatternRewriter &rewriter, Location loc, StringRef name, Type result, ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(rewriter, loc, result, rewriter.getStringAttr(name), operands).getResult(0);
  }

  static Value emit(ternary::DotOp op, const DotInstruction &instruction, PatternRewriter &rewriter) {
    Location loc = op.getLoc();
    Type sums = op.getAcc().getType();
    if (!instruction.dot.empty())
      return call(rewriter, loc, instruction.dot, sums, {op.getAcc(), op.getLhs(), op.getRhs()});
    auto words = VectorType::get({instruction.bytes / 2}, rewriter.getI16Type());
    Value pairs = call(rewriter, loc, instruction.multiplyU8, words, {op.getLhs(), op.getRhs()});
    Value ones = arith::ConstantOp::create(rewriter, loc, DenseElementsAttr::get(words, int16_t(1)));
    Value fours = call(rewriter, loc, instruction.addPairs, sums, {pairs, ones});
    return arith::AddIOp::create(rewriter, loc, op.getAcc(), fours);
  }

  /// acc + the four widened products of each lane, taken apart by strided shuffles.
  static Value emitPortable(ternary::DotOp op, PatternRewriter &rewriter) {
    Location loc = op.getLoc();
    auto sums = cast<VectorType>(op.getAcc().getType());
    int64_t lanes = sums.getDimSize(0);
    Value total = op.getAcc();
    for (int64_t j = 0; j < 4; ++j) {
      SmallVector<int64_t> every4;
      for (int64_t lane = 0; lane < lanes; ++lane)
        every4.push_back(4 * lane + j);
      auto pick = [&](Value bytes) {
        return vector::ShuffleOp::create(rewriter, loc, bytes, bytes, every4).getResult();
      };
      Value lhs = arith::ExtUIOp::create(rewriter, loc, sums, pick(op.getLhs()));
      Value rhs = arith::ExtSIOp::create(rewriter, loc, sums, pick(op.getRhs()));
      total = arith::AddIOp::create(rewriter, loc, total, arith::MulIOp::create(rewriter, loc, lhs, rhs));
    }
    return total;
  }

  LLVM::TargetAttr target;
};

struct LowerDot : impl::TernaryLowerDotBase<LowerDot> {
  void runOnOperation() override {
    if (failed(lowerForTarget<ternary::DotOp, LowerDotPattern>(getOperation(), lowered)))
      signalPassFailure();
  }
};

} // namespace
} // namespace tern
