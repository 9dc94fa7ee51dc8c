//===- lower_dot.cpp - ternary.dot as target instructions -----------------===//
#include "compiler/machine/lower_for_target.h"
#include "compiler/machine/passes.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERDOT
#include "compiler/machine/Passes.h.inc"

namespace {

int64_t bytesOf(ternary::DotOp op) { return cast<VectorType>(op.getLhs().getType()).getDimSize(0); }

struct LowerDotPattern : OpRewritePattern<ternary::DotOp> {
  LowerDotPattern(MLIRContext *context, const TargetInfo &target) : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(ternary::DotOp op, PatternRewriter &rewriter) const override {
    const DotInstruction *instruction = dotInstruction(target, bytesOf(op));
    rewriter.replaceOp(op, instruction ? emit(op, *instruction, rewriter) : emitPortable(op, rewriter));
    return success();
  }

private:
  static Value call(PatternRewriter &rewriter, Location loc, std::string_view name, Type result, ValueRange operands) {
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

  const TargetInfo &target;
};

struct LowerDot : impl::TernaryLowerDotBase<LowerDot> {
  void runOnOperation() override {
    remarkPortable(getOperation(), ternary::DotOp::getOperationName(), getArgument(),
                   [](Operation *op, const TargetInfo &target) -> std::optional<WithoutInstruction> {
                     int64_t bytes = bytesOf(cast<ternary::DotOp>(op));
                     if (dotInstruction(target, bytes))
                       return std::nullopt;
                     return WithoutInstruction{std::to_string(bytes) + " bytes", dotFeatures(bytes)};
                   });
    if (failed(lowerForTarget<ternary::DotOp, LowerDotPattern>(getOperation(), lowered)))
      signalPassFailure();
  }
};

} // namespace
} // namespace tern
