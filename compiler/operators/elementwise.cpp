//===- elementwise.cpp - Elementwise operations of upstream dialects --------===//
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

/// The same operation on numbers, with all that it says of itself.
struct ElementwiseLowering : StepLowering::FallbackModel<ElementwiseLowering> {
  int64_t workspaceBytes(Operation *, int64_t) const { return 0; }

  LogicalResult lower(Operation *op, OperatorBuilder &s) const {
    Value result = op->getResult(0);
    Share mine = s.columnShare(s.columns(result));
    SmallVector<Value> inputs;
    for (Value operand : op->getOperands())
      inputs.push_back(s.inColumns(operand, mine));
    for (StringAttr name : op->getName().getAttributeNames())
      s.attribute<Attribute>(name); // copied below
    s.pointwise(inputs, s.inColumns(result, mine), {}, [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
      OperationState state(loc, op->getName(), args.take_front(inputs.size()),
                           {cast<RankedTensorType>(result.getType()).getElementType()});
      state.propertiesAttr = op->getPropertiesAsAttribute();
      return b.create(state)->getResult(0);
    });
    return success();
  }
};

} // namespace

namespace operators {

void elementwise(OperatorSet &set) {
  set.models.push_back([](MLIRContext &context) {
    for (RegisteredOperationName name :
         context.getRegisteredOperationsByDialect(arith::ArithDialect::getDialectNamespace()))
      if (name.hasTrait<OpTrait::Elementwise>())
        name.attachInterface<ElementwiseLowering>();
  });
}

} // namespace operators
} // namespace tern
