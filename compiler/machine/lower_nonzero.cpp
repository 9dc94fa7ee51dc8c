//===- lower_nonzero.cpp - The list of non-zero codes as a loop -----------===//
#include "compiler/machine/lower_for_target.h"
#include "compiler/machine/passes.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERNONZERO
#include "compiler/machine/Passes.h.inc"

namespace {

struct ListBuilder {
  ListBuilder(ternary::NonzeroColumnsOp op, OpBuilder &b)
      : op(op), b(b), loc(op.getLoc()), columns(op.getCodes().getType().getDimSize(1)),
        slack(op.getList().getType().getDimSize(0) - columns) {}

  Value index(int64_t number) { return arith::ConstantIndexOp::create(b, loc, number); }
  Value add(Value lhs, Value rhs) { return arith::AddIOp::create(b, loc, lhs, rhs); }
  Value constant(Type type, int64_t number) {
    auto scalar = b.getIntegerAttr(getElementTypeOrSelf(type), number);
    if (auto vector = dyn_cast<VectorType>(type))
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, Attribute(scalar)));
    return arith::ConstantOp::create(b, loc, scalar);
  }

  /// Loops over the columns, `place` holding where the next ones lie; `append(column, n, place)` writes behind the n
  /// entries there are and gives their new number.
  Value forColumns(int64_t lanes, Value place, function_ref<Value(Value, Value, Value)> append) {
    auto loop = scf::ForOp::create(b, loc, index(0), index(columns), index(lanes), ValueRange{index(0), place});
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value at = loop.getRegionIterArgs()[1];
    Value n = append(loop.getInductionVar(), loop.getRegionIterArgs()[0], at);
    // Modulo the columns: of x and x - columns the one that does not wrap is the smaller, unsigned.
    Value next = add(at, constant(at.getType(), lanes * int64_t(op.getStep()) % columns));
    next = arith::MinUIOp::create(b, loc, next, arith::SubIOp::create(b, loc, next, constant(at.getType(), columns)));
    scf::YieldOp::create(b, loc, ValueRange{n, next});
    return loop.getResult(0);
  }

  /// Every column is written; the next one overwrites it if its code is zero. No branch: which codes are zero is as
  /// good as random.
  Value scalar() {
    return forColumns(1, constant(b.getI32Type(), 0), [&](Value column, Value n, Value place) -> Value {
      Value code = memref::LoadOp::create(b, loc, op.getCodes(), ValueRange{op.getToken(), column});
      memref::StoreOp::create(b, loc, place, op.getList(), n);
      memref::StoreOp::create(b, loc, code, op.getPacked(), n);
      Value is = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, code, constant(code.getType(), 0));
      return add(n, arith::IndexCastUIOp::create(b, loc, b.getIndexType(), is));
    });
  }

  /// Sixteen columns at a time by vpcompressd on registers (to memory it takes over a hundred cycles on Zen 4).
  Value avx512() {
    constexpr int64_t kLanes = 16;
    auto words = VectorType::get({kLanes}, b.getI32Type());
    auto bytes = VectorType::get({kLanes}, b.getI8Type());
    SmallVector<int32_t> places;
    for (int64_t lane = 0; lane < kLanes; ++lane)
      places.push_back(int32_t(lane * int64_t(op.getStep()) % columns));
    Value first = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(words, ArrayRef<int32_t>(places)));
    Value none = constant(words, 0);
    return forColumns(kLanes, first, [&](Value column, Value n, Value place) -> Value {
      Value codes = vector::LoadOp::create(b, loc, bytes, op.getCodes(), ValueRange{op.getToken(), column});
      codes = arith::ExtSIOp::create(b, loc, words, codes);
      Value mask = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, codes, none);
      auto compress = [&](Value data) {
        return LLVM::CallIntrinsicOp::create(b, loc, words, b.getStringAttr("llvm.x86.avx512.mask.compress"),
                                             ValueRange{data, none, mask})
            .getResult(0);
      };
      vector::StoreOp::create(b, loc, compress(place), op.getList(), n);
      vector::StoreOp::create(b, loc, arith::TruncIOp::create(b, loc, bytes, compress(codes)), op.getPacked(), n);
      Value bits = vector::BitCastOp::create(b, loc, VectorType::get({1}, b.getIntegerType(kLanes)), mask);
      bits = vector::ExtractOp::create(b, loc, bits, int64_t(0));
      bits = LLVM::CtPopOp::create(b, loc, bits.getType(), bits);
      return add(n, arith::IndexCastUIOp::create(b, loc, b.getIndexType(), bits));
    });
  }

  /// Fills the last quad with column 0 and code 0 and the room behind it with the same columns of the next band;
  /// gives the padded count.
  Value pad(Value n) {
    auto forEach = [&](int64_t count, function_ref<void(Value)> body) {
      auto loop = scf::ForOp::create(b, loc, index(0), index(count), index(1));
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      body(loop.getInductionVar());
    };
    forEach(3, [&](Value i) {
      memref::StoreOp::create(b, loc, constant(b.getI32Type(), 0), op.getList(), add(n, i));
      memref::StoreOp::create(b, loc, constant(b.getI8Type(), 0), op.getPacked(), add(n, i));
    });
    Value count = arith::MulIOp::create(b, loc, arith::CeilDivUIOp::create(b, loc, n, index(4)), index(4));
    forEach(slack - 3, [&](Value i) {
      Value place = memref::LoadOp::create(b, loc, op.getList(), i);
      memref::StoreOp::create(b, loc, add(place, constant(b.getI32Type(), columns)), op.getList(), add(count, i));
    });
    return count;
  }

  ternary::NonzeroColumnsOp op;
  OpBuilder &b;
  Location loc;
  int64_t columns, slack;
};

struct LowerNonzeroPattern : OpRewritePattern<ternary::NonzeroColumnsOp> {
  LowerNonzeroPattern(MLIRContext *context, const TargetInfo &target) : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(ternary::NonzeroColumnsOp op, PatternRewriter &rewriter) const override {
    ListBuilder builder(op, rewriter);
    bool vectors = compressesWords(target) && op.getCodes().getType().getDimSize(1) % 16 == 0;
    rewriter.replaceOp(op, builder.pad(vectors ? builder.avx512() : builder.scalar()));
    return success();
  }

private:
  const TargetInfo &target;
};

struct LowerNonzero : impl::TernaryLowerNonzeroBase<LowerNonzero> {
  void runOnOperation() override {
    if (failed(lowerForTarget<ternary::NonzeroColumnsOp, LowerNonzeroPattern>(getOperation(), lowered)))
      signalPassFailure();
  }
};

} // namespace
} // namespace tern
