//===- head_norm.cpp - RMS norm of each head --------------------------------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

/// The kernel of rms_norm on one head of all rows after the other.
struct HeadNormLowering : LoweringOf<HeadNormLowering, decoder::HeadNormOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::HeadNormOp>(operation);
    int64_t headDim = cast<ShapedType>(s.declaration<decoder::TensorOp>("weight").getType()).getDimSize(0);
    Value weight = s.weight(s.symbol("weight"), {headDim}, s.b.getF32Type());
    SmallVector<NamedAttribute> parameters = {s.b.getNamedAttr("eps", s.attribute<FloatAttr>("eps"))};
    Share mine = s.columnShare(s.columns(op.getResult()));
    Value heads = arith::DivUIOp::create(s.b, s.loc, s.value(mine.size), s.index(headDim));
    s.forEach({s.b.getIndexAttr(0), heads}, [&](Value head) {
      Value first = arith::MulIOp::create(s.b, s.loc, head, s.index(headDim));
      Share columns{s.add(mine.begin, first), s.b.getIndexAttr(headDim)};
      s.callDense("rms_norm", parameters,
                  {s.inColumns(op.getInput(), columns), weight, s.inColumns(op.getResult(), columns)});
    });
    return success();
  }
};

} // namespace

namespace operators {

void head_norm(OperatorSet &set) { set.lower<decoder::HeadNormOp, HeadNormLowering>(); }

} // namespace operators
} // namespace tern
