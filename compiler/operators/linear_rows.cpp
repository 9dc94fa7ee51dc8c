//===- linear_rows.cpp - Listed rows of a dense linear layer ----------------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

/// Row by row through the kernel of decoder.linear (linear.cpp): its types here are those of @tern_logits, so it is the
/// same function.
struct LinearRowsLowering : LoweringOf<LinearRowsLowering, decoder::LinearRowsOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::LinearRowsOp>(operation);
    OpBuilder &b = s.b;
    s.symbol("weight"); // says what the matrix is; where it is, is the caller's
    Type element = op.getMatrix().getType().getElementType();
    Value matrix = s.buffer(op.getMatrix()), list = s.buffer(op.getRows()), out = s.buffer(op.getResult());
    Share columns = s.all(s.columns(op.getInput()));
    Value input = s.slice(s.buffer(op.getInput()), s.all(1), columns);
    OpFoldResult one = s.index(1); // a value: the kernel's row count is dynamic
    s.forEach(s.share(step::partitionOf(op), s.stepValue(step::StepValue::ListedCount)), [&](Value place) {
      Value row = memref::LoadOp::create(b, s.loc, list, place);
      row = arith::IndexCastOp::create(b, s.loc, b.getIndexType(), row);
      s.callDense(element.isBF16() ? "linear" : "linear_f32", {},
                  {input, s.slice(matrix, {row, one}, columns),
                   s.slice(out, {place, b.getIndexAttr(1)}, {b.getIndexAttr(0), one})});
    });
    return success();
  }
};

} // namespace

namespace operators {

void linear_rows(OperatorSet &set) { set.lower<decoder::LinearRowsOp, LinearRowsLowering>(); }

} // namespace operators
} // namespace tern
