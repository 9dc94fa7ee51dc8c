//===- tiling.h - What the loops of all kernels have in common -------------===//
#pragma once

#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

namespace tern {

/// Builds the loop nest of one product in place of its ternary.gemm. `Kernel` is the attribute with its parameters.
template <typename Kernel> class GemmTiling {
public:
  GemmTiling(ternary::GemmOp gemm, Kernel kernel)
      : gemm(gemm), b(gemm), loc(gemm.getLoc()), layout(ternary::toLayout(gemm.getLayout())), kernel(kernel),
        columns(gemm.getCodes().getType().getDimSize(1)) {}

protected:
  mlir::Value index(int64_t number) { return mlir::arith::ConstantIndexOp::create(b, loc, number); }
  mlir::Value plus(mlir::Value lhs, mlir::Value rhs) { return mlir::arith::AddIOp::create(b, loc, lhs, rhs); }
  mlir::Value plus(mlir::Value base, int64_t offset) { return offset == 0 ? base : plus(base, index(offset)); }
  mlir::Value times(mlir::Value value, int64_t factor) {
    return factor == 1 ? value : mlir::arith::MulIOp::create(b, loc, value, index(factor)).getResult();
  }
  mlir::Value over(mlir::Value value, int64_t divisor) {
    return divisor == 1 ? value : mlir::arith::DivUIOp::create(b, loc, value, index(divisor)).getResult();
  }
  mlir::VectorType bytes(int64_t count) { return mlir::VectorType::get({count}, b.getI8Type()); }
  mlir::VectorType words(int64_t count) { return mlir::VectorType::get({count}, b.getI32Type()); }

  /// for (i = begin; i < end; i += step) body(i), the insertion point moving along.
  void loop(mlir::Value begin, mlir::Value end, int64_t step, llvm::function_ref<void(mlir::Value)> body) {
    auto loop = mlir::scf::ForOp::create(b, loc, begin, end, index(step));
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  }

  /// The same with partial sums carried from iteration to iteration; body changes them in place.
  mlir::scf::ForOp accumulate(mlir::Value begin, mlir::Value end, int64_t step,
                              llvm::SmallVectorImpl<mlir::Value> &sums, llvm::function_ref<void(mlir::Value)> body) {
    auto loop = mlir::scf::ForOp::create(b, loc, begin, end, index(step), sums);
    {
      mlir::OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      sums.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
      body(loop.getInductionVar());
      mlir::scf::YieldOp::create(b, loc, sums);
    }
    sums.assign(loop.getResults().begin(), loop.getResults().end());
    return loop;
  }

  /// Calls body for each band of the share: its first row, and the offset of its weights.
  void forEachBand(llvm::function_ref<void(mlir::Value row, mlir::Value offset)> body) {
    loop(gemm.getBegin(), plus(gemm.getBegin(), gemm.getSize()), layout.tileRows,
         [&](mlir::Value row) { body(row, times(over(row, layout.tileRows), layout.bandBytes(columns))); });
  }

  /// Four bytes of `from` in every lane of a vector of `width` bytes.
  mlir::Value broadcast4(mlir::Value from, mlir::ValueRange at, int64_t width) {
    mlir::Value four = mlir::vector::LoadOp::create(b, loc, bytes(4), from, at);
    mlir::Value word = mlir::vector::BitCastOp::create(b, loc, words(1), four);
    word = mlir::vector::ExtractOp::create(b, loc, word, int64_t(0));
    word = mlir::vector::BroadcastOp::create(b, loc, words(width / 4), word);
    return mlir::vector::BitCastOp::create(b, loc, bytes(width), word);
  }

  /// Takes the shift that masking left in field `field` out of a vector of sums: exact, since every lane is a multiple
  /// of it.
  mlir::Value unscale(mlir::Value sums, int64_t field) {
    if (field == 0)
      return sums;
    auto type = mlir::cast<mlir::VectorType>(sums.getType());
    mlir::Value shift =
        mlir::arith::ConstantOp::create(b, loc, mlir::DenseElementsAttr::get(type, int32_t(Bits2::shift(field))));
    return mlir::arith::ShRSIOp::create(b, loc, sums, shift);
  }

  mlir::Value zeros(mlir::VectorType type) { return mlir::arith::ConstantOp::create(b, loc, b.getZeroAttr(type)); }

  /// The sum of a token's codes.
  mlir::Value codeSum(mlir::Value token) { return mlir::memref::LoadOp::create(b, loc, gemm.getSum(), token); }
  mlir::Value codeSum(mlir::Value token, int64_t lanes) {
    return mlir::vector::BroadcastOp::create(b, loc, words(lanes), codeSum(token));
  }
  /// What the encoding's zero point, w + zero for w, adds to each row.
  mlir::Value zeroSum(mlir::Value token) {
    mlir::Value sum = codeSum(token);
    int64_t zero = rulesOf(layout.encoding).zero;
    if (zero == 1)
      return sum;
    mlir::Value factor = mlir::arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(int32_t(zero)));
    return mlir::arith::MulIOp::create(b, loc, sum, factor);
  }
  mlir::Value zeroSum(mlir::Value token, int64_t lanes) {
    return mlir::vector::BroadcastOp::create(b, loc, words(lanes), zeroSum(token));
  }

  //===-- Scales of groups ------------------------------------------------===//
  bool scalesGroups() { return gemm.getScales() != nullptr; }
  mlir::VectorType floats(int64_t count) { return mlir::VectorType::get({count}, b.getF32Type()); }
  /// What the encoding's zero point adds to each row of the group.
  mlir::Value zeroSum(mlir::Value token, mlir::Value group, int64_t lanes) {
    mlir::Value sum = mlir::memref::LoadOp::create(b, loc, gemm.getSum(), mlir::ValueRange{token, group});
    sum = mlir::vector::BroadcastOp::create(b, loc, words(lanes), sum);
    int64_t zero = rulesOf(layout.encoding).zero;
    return zero == 1 ? sum : mlir::arith::MulIOp::create(b, loc, sum, splat(words(lanes), zero)).getResult();
  }
  /// The scales of `lanes` rows from row `inBand` of the band on whose first row is `band`.
  mlir::Value groupScales(mlir::Value band, mlir::Value group, mlir::Value inBand, int64_t lanes) {
    mlir::Value at =
        plus(times(plus(times(over(band, layout.tileRows), gemm.groups()), group), layout.tileRows), inBand);
    return mlir::vector::LoadOp::create(b, loc, floats(lanes), gemm.getScales(), at);
  }
  /// total + f32(sums) * scales, product and sum rounded each, so that every instruction set gives the same numbers.
  mlir::Value addScaled(mlir::Value total, mlir::Value sums, mlir::Value scales) {
    mlir::Value numbers = mlir::arith::SIToFPOp::create(b, loc, scales.getType(), sums);
    return mlir::arith::AddFOp::create(b, loc, total, mlir::arith::MulFOp::create(b, loc, numbers, scales));
  }

  mlir::Value splat(mlir::VectorType type, int64_t number) {
    return mlir::arith::ConstantOp::create(
        b, loc,
        mlir::DenseElementsAttr::get(type, llvm::APInt(type.getElementTypeBitWidth(), uint64_t(number),
                                                       /*isSigned=*/true, /*implicitTrunc=*/true)));
  }

  /// Fetches the line of weights at `at`, `distance` bytes ahead, into the first-level cache.
  void prefetch(mlir::Value at, int64_t distance) {
    mlir::memref::PrefetchOp::create(b, loc, gemm.getWeights(), mlir::ValueRange{plus(at, distance)}, /*isWrite=*/false,
                                     /*localityHint=*/3, /*isDataCache=*/true);
  }

  ternary::GemmOp gemm;
  mlir::OpBuilder b;
  mlir::Location loc;
  Layout layout;
  Kernel kernel;
  int64_t columns;
};

} // namespace tern
