//===- StepLowering.td - How an operator becomes a part of a step -----------===//
#ifndef TERN_COMPILER_STEPS_LOWERING_STEPLOWERING_TD
#define TERN_COMPILER_STEPS_LOWERING_STEPLOWERING_TD

include "mlir/IR/Interfaces.td"

def StepLowering : OpInterface<"StepLowering"> {
  let cppNamespace = "::tern";
  let description = [{
    How decoder-lower-to-steps makes loops and kernel calls of an operator. Implemented by external models, one file an operator, in compiler/operators.
  }];
  let methods = [
    InterfaceMethod<[{
      Bytes of scratch that it works in beside its operands, where the context has `maxContext` positions. It has its share already.
    }], "int64_t", "workspaceBytes", (ins "int64_t":$maxContext), [{}], [{ return 0; }]>,
    InterfaceMethod<[{
      Appends the thread's share to the step function. Reads the operator's own attributes by `step.attribute`: one that is left is an error.
    }], "::mlir::LogicalResult", "lower", (ins "::tern::OperatorBuilder &":$step)>
  ];
}

#endif // TERN_COMPILER_STEPS_LOWERING_STEPLOWERING_TD
