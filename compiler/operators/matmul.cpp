//===- matmul.cpp - Ternary products ----------------------------------------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

/// A call of the product's kernel function, whose body the passes of phase tiled make.
struct MatmulLowering : LoweringOf<MatmulLowering, ternary::MatmulOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<ternary::MatmulOp>(operation);
    if (!s.attribute<ternary::KernelAttr>("kernel"))
      return op.emitOpError("has no kernel yet; run phase ternary first");
    int64_t planes = s.attribute<IntegerAttr>("planes").getInt();
    s.callGemm(op, s.declaration<ternary::WeightOp>("weight").getLayoutAttr(),
               s.columnShare(s.columns(op.getResult()) / planes), s.tokensOf(op.getResult()));
    return success();
  }
};

} // namespace

namespace operators {

void matmul(OperatorSet &set) { set.lower<ternary::MatmulOp, MatmulLowering>(); }

} // namespace operators
} // namespace tern
