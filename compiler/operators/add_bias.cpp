//===- add_bias.cpp - A vector added to every row ---------------------------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct AddBiasLowering : LoweringOf<AddBiasLowering, decoder::AddBiasOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::AddBiasOp>(operation);
    Share mine = s.columnShare(s.columns(op.getResult()));
    Value bias = s.slice(s.weight(s.symbol("bias"), {s.columns(op.getInput())}, s.b.getF32Type()), mine);
    AffineMap perColumn = AffineMap::get(2, 0, s.b.getAffineDimExpr(1));
    s.pointwise({s.inColumns(op.getInput(), mine), bias}, s.inColumns(op.getResult(), mine),
                {s.b.getMultiDimIdentityMap(2), perColumn}, [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  return arith::AddFOp::create(b, loc, args[0], args[1]);
                });
    return success();
  }
};

} // namespace

namespace operators {

void add_bias(OperatorSet &set) { set.lower<decoder::AddBiasOp, AddBiasLowering>(); }

} // namespace operators
} // namespace tern
