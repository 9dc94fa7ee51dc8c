//===- scale_columns.cpp - A weight's column scales on activations ----------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct ScaleColumnsLowering : LoweringOf<ScaleColumnsLowering, ternary::ScaleColumnsOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<ternary::ScaleColumnsOp>(operation);
    OpBuilder &b = s.b;
    bool divide = s.declaration<ternary::WeightOp>("weight").getFormat().divides();
    Share mine = s.columnShare(s.columns(op.getResult()));
    std::string name = (s.symbol("weight") + ".scale").str();
    Value scales = s.slice(s.weight(name, {s.columns(op.getInput())}, b.getF32Type()), mine);
    AffineMap perColumn = AffineMap::get(2, 0, b.getAffineDimExpr(1));
    s.pointwise({s.inColumns(op.getInput(), mine), scales}, s.inColumns(op.getResult(), mine),
                {b.getMultiDimIdentityMap(2), perColumn},
                [&](OpBuilder &builder, Location loc, ValueRange args) -> Value {
                  return divide ? arith::DivFOp::create(builder, loc, args[0], args[1]).getResult()
                                : arith::MulFOp::create(builder, loc, args[0], args[1]).getResult();
                });
    return success();
  }
};

} // namespace

namespace operators {

void scale_columns(OperatorSet &set) { set.lower<ternary::ScaleColumnsOp, ScaleColumnsLowering>(); }

} // namespace operators
} // namespace tern
