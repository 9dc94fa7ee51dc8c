//===- embed.cpp - Rows of the embedding table ------------------------------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct EmbedLowering : LoweringOf<EmbedLowering, decoder::EmbedOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::EmbedOp>(operation);
    auto type = cast<RankedTensorType>(s.declaration<decoder::TensorOp>("table").getType());
    Value table = s.weight(s.symbol("table"), type.getShape(), type.getElementType());
    Value out = s.buffer(op.getResult()), ids = s.buffer(op.getIds());
    Share mine = s.columnShare(s.columns(op.getResult()));
    OpBuilder &b = s.b;
    s.forEach(s.rows(op.getResult()), [&](Value token) {
      Value id = memref::LoadOp::create(b, s.loc, ids, token);
      Value row = arith::IndexCastOp::create(b, s.loc, b.getIndexType(), id);
      Value from = s.slice(table, {row, b.getIndexAttr(1)}, mine);
      Value to = s.slice(out, {token, b.getIndexAttr(1)}, mine);
      s.pointwise({from}, to, {}, [](OpBuilder &builder, Location loc, ValueRange args) -> Value {
        if (args[0].getType() == builder.getF32Type())
          return args[0];
        return arith::ExtFOp::create(builder, loc, builder.getF32Type(), args[0]);
      });
    });
    return success();
  }
};

} // namespace

namespace operators {

void embed(OperatorSet &set) { set.lower<decoder::EmbedOp, EmbedLowering>(); }

} // namespace operators
} // namespace tern
