//===- take_outputs.cpp - The tokens whose logits are asked for -------------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct TakeOutputsLowering : LoweringOf<TakeOutputsLowering, decoder::TakeOutputsOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::TakeOutputsOp>(operation);
    s.bindOutputs(op.getResult(), op.getInput());
    return success();
  }
};

} // namespace

namespace operators {

void take_outputs(OperatorSet &set) { set.lower<decoder::TakeOutputsOp, TakeOutputsLowering>(); }

} // namespace operators
} // namespace tern
