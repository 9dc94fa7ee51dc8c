//===- rescale.cpp - From sums to float activations -------------------------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct RescaleLowering : LoweringOf<RescaleLowering, ternary::RescaleOp> {
  /// Row by row: the token's step is a number outside the loop, which the optimiser cannot prove of a load within it.
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<ternary::RescaleOp>(operation);
    s.forEachRow(op.getResult(), [&](Value row) { lowerRow(op, row, s); });
    return success();
  }

  /// A sum in float32, which those of groups are already.
  static Value number(OpBuilder &builder, Location loc, Value sum) {
    return sum.getType().isF32() ? sum : arith::SIToFPOp::create(builder, loc, builder.getF32Type(), sum).getResult();
  }

  static void lowerRow(ternary::RescaleOp op, Value row, OperatorBuilder &s) {
    OpBuilder &b = s.b;
    Share mine = s.columnShare(s.columns(op.getResult()));
    std::string scaleName = (s.symbol("weight") + ".scale").str();
    auto format = s.declaration<ternary::WeightOp>("weight").getFormat();
    bool divide = format.divides(), byRow = format.scalesRows();
    int64_t planes = s.attribute<IntegerAttr>("planes").getInt(), padded = s.columns(op.getAcc()) / planes;
    Value one;
    if (!byRow && !format.scalesColumns() && format.group() == 0)
      one = memref::LoadOp::create(b, s.loc, s.weight(scaleName, {1}, b.getF32Type()), s.index(0));
    Value scale = memref::LoadOp::create(b, s.loc, s.buffer(op.getScale()), row);
    if (divide && one)
      scale = arith::MulFOp::create(b, s.loc, scale, one);
    SmallVector<Value> inputs = {s.inColumns(op.getAcc(), mine)};
    if (planes == 2)
      inputs.push_back(s.inColumns(op.getAcc(), {s.add(mine.begin, b.getIndexAttr(padded)), mine.size}));
    SmallVector<AffineMap> maps;
    if (byRow) {
      maps.assign(inputs.size(), b.getMultiDimIdentityMap(2));
      maps.push_back(AffineMap::get(2, 0, b.getAffineDimExpr(1)));
      inputs.push_back(s.slice(s.weight(scaleName, {s.columns(op.getResult())}, b.getF32Type()), mine));
    }
    s.pointwise(
        inputs, s.inColumns(op.getResult(), mine), maps,
        [&](OpBuilder &builder, Location loc, ValueRange args) -> Value {
          Value sum = number(builder, loc, args[0]);
          if (planes == 2) {
            Value radix = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(256));
            sum = arith::AddFOp::create(builder, loc, arith::MulFOp::create(builder, loc, sum, radix),
                                        number(builder, loc, args[1]));
          }
          Value rowScale = byRow ? args[planes] : Value();
          if (divide && byRow)
            return arith::DivFOp::create(builder, loc, sum, arith::MulFOp::create(builder, loc, scale, rowScale));
          Value quotient = arith::DivFOp::create(builder, loc, sum, scale), factor = byRow ? rowScale : one;
          return divide || !factor ? quotient : arith::MulFOp::create(builder, loc, quotient, factor).getResult();
        });
  }
};

} // namespace

namespace operators {

void rescale(OperatorSet &set) { set.lower<ternary::RescaleOp, RescaleLowering>(); }

} // namespace operators
} // namespace tern
