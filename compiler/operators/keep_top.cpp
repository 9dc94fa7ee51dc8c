//===- keep_top.cpp - The largest numbers of runs ---------------------------===//
#include "compiler/operators/operator_set.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tern {
namespace {

/// Builds the loops over all rows of x: [rows][columns], into y. Magnitudes are compared by their bits, whose order as
/// integers is theirs. The magnitude that `keep` numbers reach or pass is found bit by bit, from the highest on: 31
/// passes of comparing and counting, which vectors do, and no sorting.
class KeepTopLoops {
public:
  KeepTopLoops(OpBuilder &builder, Location loc, Value x, Value y, int64_t keep, int64_t block)
      : b(builder), loc(loc), x(x), y(y), keep(keep), block(block) {}

  void build() {
    auto type = cast<MemRefType>(x.getType());
    Value rows = memref::DimOp::create(b, loc, x, 0);
    loop(index(0), rows, index(1), {}, [&](Value row, ValueRange) -> Value {
      loop(index(0), index(type.getDimSize(1)), index(block), {}, [&](Value first, ValueRange) -> Value {
        run(row, first);
        return {};
      });
      return {};
    });
  }

private:
  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  Value word(int64_t value) { return arith::ConstantIntOp::create(b, loc, value, 32); }
  Value compare(arith::CmpIPredicate how, Value lhs, Value rhs) { return arith::CmpIOp::create(b, loc, how, lhs, rhs); }

  /// A loop that carries `initial`, if it is there; what it carries at the end.
  Value loop(Value begin, Value end, Value step, Value initial, function_ref<Value(Value, ValueRange)> body) {
    SmallVector<Value> carried;
    if (initial)
      carried.push_back(initial);
    auto made = scf::ForOp::create(b, loc, begin, end, step, carried);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(made.getBody());
    Value next = body(made.getInductionVar(), made.getRegionIterArgs());
    if (initial)
      scf::YieldOp::create(b, loc, next);
    return initial ? made.getResult(0) : Value();
  }

  Value at(Value first, Value i) { return arith::AddIOp::create(b, loc, first, i); }
  Value number(Value row, Value column) { return memref::LoadOp::create(b, loc, x, ValueRange{row, column}); }
  Value magnitude(Value value) {
    Value bits = arith::BitcastOp::create(b, loc, b.getI32Type(), value);
    return arith::AndIOp::create(b, loc, bits, word(0x7fffffff));
  }
  /// How many magnitudes of the run compare so with `limit`.
  Value count(Value row, Value first, arith::CmpIPredicate how, Value limit) {
    return loop(index(0), index(block), index(1), word(0), [&](Value i, ValueRange sum) -> Value {
      Value found = compare(how, magnitude(number(row, at(first, i))), limit);
      return arith::AddIOp::create(b, loc, sum[0], arith::ExtUIOp::create(b, loc, b.getI32Type(), found));
    });
  }

  void run(Value row, Value first) {
    constexpr int64_t kMagnitudeBits = 31;
    Value limit = loop(index(0), index(kMagnitudeBits), index(1), word(0), [&](Value i, ValueRange so) -> Value {
      Value place = arith::IndexCastOp::create(b, loc, b.getI32Type(), i);
      Value bit = arith::ShRUIOp::create(b, loc, word(1 << (kMagnitudeBits - 1)), place);
      Value higher = arith::OrIOp::create(b, loc, so[0], bit);
      Value enough =
          compare(arith::CmpIPredicate::sge, count(row, first, arith::CmpIPredicate::uge, higher), word(keep));
      return arith::SelectOp::create(b, loc, enough, higher, so[0]);
    });
    // Of those that are equal to it the first ones stay.
    Value equals = arith::SubIOp::create(b, loc, word(keep), count(row, first, arith::CmpIPredicate::ugt, limit));
    Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
    loop(index(0), index(block), index(1), equals, [&](Value i, ValueRange left) -> Value {
      Value column = at(first, i), value = number(row, column), size = magnitude(value);
      Value equal = compare(arith::CmpIPredicate::eq, size, limit);
      Value taken = arith::AndIOp::create(b, loc, equal, compare(arith::CmpIPredicate::sgt, left[0], word(0)));
      Value stays = arith::OrIOp::create(b, loc, compare(arith::CmpIPredicate::ugt, size, limit), taken);
      memref::StoreOp::create(b, loc, arith::SelectOp::create(b, loc, stays, value, zero), y, ValueRange{row, column});
      return arith::SubIOp::create(b, loc, left[0], arith::ExtUIOp::create(b, loc, b.getI32Type(), taken));
    });
  }

  OpBuilder &b;
  Location loc;
  Value x, y;
  int64_t keep, block;
};

struct KeepTopLowering : LoweringOf<KeepTopLowering, decoder::KeepTopOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::KeepTopOp>(operation);
    Share rows = s.tokenShare(op.getResult());
    auto keep = s.attribute<IntegerAttr>("keep"), block = s.attribute<IntegerAttr>("block");
    auto key = s.b.getNamedAttr("decoder.keep_top", s.b.getArrayAttr({keep, block}));
    s.callShared("keep_top", key, {s.wholeRows(op.getInput(), rows), s.wholeRows(op.getResult(), rows)},
                 [&](ValueRange operands) {
                   KeepTopLoops(s.b, s.loc, operands[0], operands[1], keep.getInt(), block.getInt()).build();
                 });
    return success();
  }
};

} // namespace

namespace operators {

void keep_top(OperatorSet &set) { set.lower<decoder::KeepTopOp, KeepTopLowering>(); }

} // namespace operators
} // namespace tern
