//===- lower_trits.cpp - ternary.unpack_trits as target instructions ------===//
#include "compiler/machine/lower_for_target.h"
#include "compiler/machine/passes.h"
#include "dialects/ternary/Ternary.h"
#include "lib/trit/base3.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYLOWERTRITS
#include "compiler/machine/Passes.h.inc"

namespace {

/// Decodes one vector of bytes.
class TritDecoder {
public:
  TritDecoder(ternary::UnpackTritsOp op, const TargetInfo &target, OpBuilder &b)
      : op(op), target(target), b(b), loc(op.getLoc()), type(cast<VectorType>(op.getPacked().getType())),
        masked(op.getMode() == ternary::UnpackMode::Mask) {}

  SmallVector<Value> run() {
    if (type.getDimSize(0) == 64 && permutesTables(target))
      return permute();
    SmallVector<Value> codes = digits();
    if (masked)
      for (int64_t k = 1; k < 4; ++k)
        codes[k] = arith::ShLIOp::create(b, loc, codes[k], splat(uint8_t(2 * k)));
    return codes;
  }

private:
  Value splat(uint8_t number) {
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, APInt(8, number)));
  }
  Value call(StringRef name, ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(b, loc, type, b.getStringAttr(name), operands).getResult(0);
  }
  Value both(Value value, uint8_t bits) { return arith::AndIOp::create(b, loc, value, splat(bits)); }

  /// table[bytes & 127]
  Value lookUp(ArrayRef<uint8_t> table, Value bytes) {
    auto half = [&](ArrayRef<uint8_t> entries) -> Value {
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, entries));
    };
    return call("llvm.x86.avx512.vpermi2var.qi.512", {half(table.take_front(64)), bytes, half(table.drop_front(64))});
  }

  /// (lhs + rhs + 1) >> 1 in the form without a carry, which instruction selection knows as an average. In wider lanes
  /// the optimiser would notice that a permute reads 7 bits only, and make an addition and a shift of it, which no byte
  /// instruction does.
  Value average(Value lhs, Value rhs) {
    Value differ = arith::ShRUIOp::create(b, loc, arith::XOrIOp::create(b, loc, lhs, rhs), splat(1));
    return arith::SubIOp::create(b, loc, arith::OrIOp::create(b, loc, lhs, rhs), differ);
  }

  /// The low 7 bits of a byte tell code 4; its average with code 4 tells the other four.
  SmallVector<Value> permute() {
    SmallVector<uint8_t> fourth(128, 0), others(128, 0);
    for (int n = 0; n < Base3::numbers; ++n) {
      int byte = Base3::byteOf(n), code4 = Base3::code(n, 4), packed = 0;
      for (int64_t k = 0; k < 4; ++k)
        packed |= Base3::code(n, k) << 2 * k;
      fourth[byte % 128] = uint8_t(code4);
      others[(byte + code4 + 1) / 2 % 128] = uint8_t(packed);
    }
    Value code4 = lookUp(fourth, op.getPacked());
    Value packed = lookUp(others, average(op.getPacked(), code4));
    SmallVector<Value> codes = {both(packed, 3)};
    auto words = VectorType::get({type.getDimSize(0) / 2}, b.getI16Type());
    for (int64_t k = 1; k < 4; ++k) {
      if (masked) {
        codes.push_back(both(packed, uint8_t(3 << 2 * k)));
        continue;
      }
      Value lanes = vector::BitCastOp::create(b, loc, words, packed);
      Value amount = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(words, APInt(16, 2 * k)));
      lanes = arith::ShRUIOp::create(b, loc, lanes, amount);
      codes.push_back(both(vector::BitCastOp::create(b, loc, type, lanes), 3));
    }
    codes.push_back(code4);
    return codes;
  }

  /// The digits of the base-3 number from the top, without division: a difference that wraps is larger than what it was
  /// taken from, so minima give the rest.
  SmallVector<Value> digits() {
    Value negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, op.getPacked(), splat(0));
    Value low = arith::SubIOp::create(b, loc, op.getPacked(), splat(Base3::gap));
    Value number = arith::SelectOp::create(b, loc, negative, low, op.getPacked());
    SmallVector<Value> codes(5);
    for (int64_t k = 3; k >= 0; --k) {
      int place = Base3::places[k];
      Value rest = number;
      for (int step = 0; step < 2; ++step)
        rest = arith::MinUIOp::create(b, loc, rest, arith::SubIOp::create(b, loc, rest, splat(uint8_t(place))));
      codes[k] = digit(number, rest, place);
      number = rest;
    }
    codes[4] = arith::SubIOp::create(b, loc, splat(2), number);
    return codes;
  }

  /// (number - rest) / place, which is 0, 1 or 2.
  Value digit(Value number, Value rest, int place) {
    if (const LookupInstruction *shuffle = nibbleShuffle(target, type.getDimSize(0))) {
      Value multiple = arith::SubIOp::create(b, loc, number, rest);
      if (place == 81) // 0, 0x51, 0xa2
        return both(multiple, 3);
      // The low nibbles of 3, 6, 9, 18, 27, 54; those of 6 and 54 are one, and so are the digits.
      SmallVector<uint8_t> table(type.getDimSize(0), 0);
      for (int64_t i = 0; i < type.getDimSize(0); ++i) {
        int nibble = int(i % 16);
        table[i] = nibble == 3 || nibble == 9 || nibble == 11 ? 1 : nibble == 6 || nibble == 2 ? 2 : 0;
      }
      Value codes = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef<uint8_t>(table)));
      return call(shuffle->name, {codes, multiple});
    }
    auto atLeast = [&](int bound) -> Value {
      Value is = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, number, splat(uint8_t(bound)));
      return arith::ExtUIOp::create(b, loc, type, is);
    };
    return arith::AddIOp::create(b, loc, atLeast(place), atLeast(2 * place));
  }

  ternary::UnpackTritsOp op;
  const TargetInfo &target;
  OpBuilder &b;
  Location loc;
  VectorType type;
  bool masked;
};

struct LowerTritsPattern : OpRewritePattern<ternary::UnpackTritsOp> {
  LowerTritsPattern(MLIRContext *context, const TargetInfo &target) : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(ternary::UnpackTritsOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, TritDecoder(op, target, rewriter).run());
    return success();
  }

  const TargetInfo &target;
};

struct LowerTrits : impl::TernaryLowerTritsBase<LowerTrits> {
  void runOnOperation() override {
    if (failed(lowerForTarget<ternary::UnpackTritsOp, LowerTritsPattern>(getOperation(), lowered)))
      signalPassFailure();
  }
};

} // namespace
} // namespace tern
