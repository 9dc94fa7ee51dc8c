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

  static void lowerRow(ternary::RescaleOp op, Value row, OperatorBuilder &s) {
    Share mine = s.columnShare(s.columns(op.getResult()));
    std::string scaleName = (s.symbol("weight") + ".scale").str();
    bool divide = s.declaration<ternary::WeightOp>("weight").getScaleMode() == ternary::ScaleMode::Divide;
    Value weightScale = memref::LoadOp::create(s.b, s.loc, s.weight(scaleName, {1}, s.b.getF32Type()), s.index(0));
    Value scale = memref::LoadOp::create(s.b, s.loc, s.buffer(op.getScale()), row);
    if (divide)
      scale = arith::MulFOp::create(s.b, s.loc, scale, weightScale);
    s.pointwise({s.inColumns(op.getAcc(), mine)}, s.inColumns(op.getResult(), mine), {},
                [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  Value sum = arith::SIToFPOp::create(b, loc, b.getF32Type(), args[0]);
                  Value quotient = arith::DivFOp::create(b, loc, sum, scale);
                  return divide ? quotient : arith::MulFOp::create(b, loc, quotient, weightScale).getResult();
                });
  }
};

} // namespace

namespace operators {

void rescale(OperatorSet &set) { set.lower<ternary::RescaleOp, RescaleLowering>(); }

} // namespace operators
} // namespace tern
