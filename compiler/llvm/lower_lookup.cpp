//===- lower_lookup.cpp - ternary.table_lookup as target instructions -------===//
#include "compiler/llvm/lower_for_target.h"
#include "compiler/llvm/passes.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERLOOKUP
#include "compiler/llvm/Passes.h.inc"

namespace {

/// A permutation of `entries` elements of `bits` bits by `lanes` indices on targets with all of `features`.
struct LookupInstruction {
  unsigned bits;
  int64_t entries; ///< most that it reaches; the table is repeated until it fills the register
  int64_t lanes;
  SmallVector<StringRef, 2> features;
  StringRef name;
  bool wraps; ///< indices count modulo the entries, so they need no mask
};

/// In order of preference. A pshufb takes each 16 lanes' entries from the same 16 bytes of its table, so a table of 16
/// repeated to the register's width is one for all lanes. Results of vtbl and pshufb are 0 for indices past the table,
/// so indices are masked.
ArrayRef<LookupInstruction> lookupInstructions() {
  static const LookupInstruction table[] = {
      {16, 32, 32, {"avx512bw"}, "llvm.x86.avx512.permvar.hi.512", true},
      {16, 16, 16, {"avx512bw", "avx512vl"}, "llvm.x86.avx512.permvar.hi.256", true},
      {8, 64, 64, {"avx512vbmi"}, "llvm.x86.avx512.permvar.qi.512", true},
      {8, 32, 32, {"avx512vbmi", "avx512vl"}, "llvm.x86.avx512.permvar.qi.256", true},
      {8, 16, 64, {"avx512bw"}, "llvm.x86.avx512.pshuf.b.512", false},
      {8, 16, 32, {"avx2"}, "llvm.x86.avx2.pshuf.b", false},
      {8, 16, 16, {"ssse3"}, "llvm.x86.ssse3.pshuf.b.128", false},
      {8, 16, 16, {"neon"}, "llvm.aarch64.neon.tbl1", false},
  };
  return table;
}

struct LowerLookupPattern : OpRewritePattern<ternary::TableLookupOp> {
  LowerLookupPattern(MLIRContext *context, LLVM::TargetAttr target) : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(ternary::TableLookupOp op, PatternRewriter &rewriter) const override {
    auto table = cast<VectorType>(op.getTable().getType()), indices = cast<VectorType>(op.getIndices().getType());
    for (const LookupInstruction &instruction : lookupInstructions())
      if (instruction.bits == table.getElementTypeBitWidth() && instruction.lanes == indices.getDimSize(0) &&
          table.getDimSize(0) <= instruction.entries &&
          llvm::all_of(instruction.features, [&](StringRef name) { return hasFeature(target, name); })) {
        rewriter.replaceOp(op, emit(op, instruction, rewriter));
        return success();
      }
    rewriter.replaceOp(op, emitPortable(op, rewriter));
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
    Value table = op.getTable(), indices = instruction.wraps ? op.getIndices() : mask(op, rewriter);
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

  LLVM::TargetAttr target;
};

struct LowerLookup : impl::TernaryLowerLookupBase<LowerLookup> {
  void runOnOperation() override {
    if (failed(lowerForTarget<ternary::TableLookupOp, LowerLookupPattern>(getOperation(), lowered)))
      signalPassFailure();
  }
};

} // namespace
} // namespace tern
