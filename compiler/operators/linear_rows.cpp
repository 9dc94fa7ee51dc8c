//===- linear_rows.cpp - Listed rows of a dense linear layer ----------------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

/// Row by row through the kernel of decoder.linear (linear.cpp): its types here are those of @tern_logits, so it is the
/// same function.
struct LinearRowsLowering : LoweringOf<LinearRowsLowering, decoder::LinearRowsOp> {
  bool bindsResults(Operation *) const { return true; }

  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::LinearRowsOp>(operation);
    OpBuilder &b = s.b;
    auto type = cast<RankedTensorType>(s.declaration<decoder::TensorOp>("weight").getType());
    Value weight = s.weight(s.symbol("weight"), type.getShape(), type.getElementType());
    Share columns = s.all(s.columns(op.getInput()));
    int64_t most = s.columns(op.getResult());
    Value list = s.listedRows(most), out = s.logits(most), input = s.slice(s.buffer(op.getInput()), s.all(1), columns);
    OpFoldResult one = s.index(1); // a value: the kernel's row count is dynamic
    s.forEach(s.share(step::partitionOf(op), s.stepValue(step::StepValue::RowCount)), [&](Value place) {
      Value row = memref::LoadOp::create(b, s.loc, list, place);
      row = arith::IndexCastOp::create(b, s.loc, b.getIndexType(), row);
      s.callDense(type.getElementType().isBF16() ? "linear" : "linear_f32", {},
                  {input, s.slice(weight, {row, one}, columns), s.slice(out, s.all(1), {place, one})});
    });
    return success();
  }
};

} // namespace

namespace operators {

void linear_rows(OperatorSet &set) { set.lower<decoder::LinearRowsOp, LinearRowsLowering>(); }

} // namespace operators
} // namespace tern
