//===- lower_lookup.cpp - ternary.table_lookup as target instructions -------===//
#include "compiler/machine/lower_for_target.h"
#include "compiler/machine/passes.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERLOOKUP
#include "compiler/machine/Passes.h.inc"

namespace {

/// What tells its instruction.
struct LookupSize {
  explicit LookupSize(ternary::TableLookupOp op)
      : bits(cast<VectorType>(op.getTable().getType()).getElementTypeBitWidth()),
        entries(cast<VectorType>(op.getTable().getType()).getDimSize(0)),
        lanes(cast<VectorType>(op.getIndices().getType()).getDimSize(0)) {}

  const LookupInstruction *instruction(const TargetInfo &target) const {
    return lookupInstruction(target, bits, entries, lanes);
  }
  std::string text() const {
    return std::to_string(lanes) + " indices into " + std::to_string(entries) + " entries of " + std::to_string(bits) +
           " bits";
  }

  unsigned bits;
  int64_t entries, lanes;
};

struct LowerLookupPattern : OpRewritePattern<ternary::TableLookupOp> {
  LowerLookupPattern(MLIRContext *context, const TargetInfo &target) : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(ternary::TableLookupOp op, PatternRewriter &rewriter) const override {
    const LookupInstruction *instruction = LookupSize(op).instruction(target);
    rewriter.replaceOp(op, instruction ? emit(op, *instruction, rewriter) : emitPortable(op, rewriter));
    return success();
  }

private:
  static Value mask(ternary::TableLookupOp op, PatternRewriter &rewriter) {
    auto type = cast<VectorType>(op.getIndices().getType());
    APInt bits(type.getElementTypeBitWidth(), uint64_t(cast<VectorType>(op.getTable().getType()).getDimSize(0) - 1));
    Value low = arith::ConstantOp::create(rewriter, op.getLoc(), DenseElementsAttr::get(type, bits));
    return arith::AndIOp::create(rewriter, op.getLoc(), op.getIndices(), low);
  }

  static Value emit(ternary::TableLookupOp op, const LookupInstruction &instruction, PatternRewriter &rewriter) {
    Location loc = op.getLoc();
    Value table = op.getTable(), indices = op.getIndices();
    if (instruction.past != PastTable::Wraps)
      indices = mask(op, rewriter);
    int64_t entries = cast<VectorType>(table.getType()).getDimSize(0);
    // The register has as many elements as there are lanes.
    if (entries < instruction.lanes) {
      SmallVector<int64_t> repeated;
      for (int64_t lane = 0; lane < instruction.lanes; ++lane)
        repeated.push_back(lane % entries);
      table = vector::ShuffleOp::create(rewriter, loc, table, table, repeated);
    }
    return LLVM::CallIntrinsicOp::create(rewriter, loc, op.getResult().getType(),
                                         rewriter.getStringAttr(instruction.name), ValueRange{table, indices})
        .getResult(0);
  }

  /// Lane by lane.
  static Value emitPortable(ternary::TableLookupOp op, PatternRewriter &rewriter) {
    Location loc = op.getLoc();
    auto type = cast<VectorType>(op.getResult().getType());
    Value indices = mask(op, rewriter);
    Value result = arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(type));
    for (int64_t lane = 0; lane < type.getDimSize(0); ++lane) {
      Value entry = vector::ExtractOp::create(rewriter, loc, indices, lane);
      entry = arith::IndexCastUIOp::create(rewriter, loc, rewriter.getIndexType(), entry);
      Value value = vector::ExtractOp::create(rewriter, loc, op.getTable(), OpFoldResult(entry));
      result = vector::InsertOp::create(rewriter, loc, value, result, lane);
    }
    return result;
  }

  const TargetInfo &target;
};

struct LowerLookup : impl::TernaryLowerLookupBase<LowerLookup> {
  void runOnOperation() override {
    remarkPortable(getOperation(), ternary::TableLookupOp::getOperationName(), getArgument(),
                   [](Operation *op, const TargetInfo &target) -> std::optional<WithoutInstruction> {
                     LookupSize size(cast<ternary::TableLookupOp>(op));
                     if (size.instruction(target))
                       return std::nullopt;
                     return WithoutInstruction{size.text(), lookupFeatures(size.bits, size.entries, size.lanes)};
                   });
    if (failed(lowerForTarget<ternary::TableLookupOp, LowerLookupPattern>(getOperation(), lowered)))
      signalPassFailure();
  }
};

} // namespace
} // namespace tern
