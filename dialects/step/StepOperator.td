//===- StepOperator.td - What an operator of a step graph says of itself ----===//
#ifndef TERN_DIALECTS_STEP_STEPOPERATOR_TD
#define TERN_DIALECTS_STEP_STEPOPERATOR_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/Interfaces.td"

def StepOperator : OpInterface<"StepOperator"> {
  let cppNamespace = "::tern::step";
  let description = [{
    What passes, profiles and the check by the scalar reference ask of an operator on tensors, so that none of them knows operators by name. How it becomes loops
    and kernel calls is a second interface, `StepLowering` (compiler/operators), and what it computes is its reference (lib/operators).
    Elementwise operations of `arith` implement it all alike.
  }];
  let methods = [
    InterfaceMethod<[{
      How the threads share it in a graph whose tensors hold `tokens` tokens. Producers have their shares already. Fails with a diagnostic.
    }], "::mlir::FailureOr<::tern::step::PartitionAttr>", "share", (ins "int64_t":$tokens)>,
    InterfaceMethod<[{
      Whether a thread's share reads only the same share of `operand`. The operator has its share already.
    }], "bool", "readsOwnShare", (ins "::mlir::OpOperand &":$operand), [{}], [{ return false; }]>,
    InterfaceMethod<[{
      Whether it may be computed for one row at a time: row t of its only result needs row t of its operands and nothing of the step.
    }], "bool", "isRowByRow", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
      Whether its result is rows of its first operand where they are, so that it takes neither time nor memory.
    }], "bool", "isView", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
      How many rows it reads and writes at a time: its tensors have room for a multiple of them.
    }], "int64_t", "rowMultiple", (ins), [{}], [{ return 1; }]>,
    InterfaceMethod<[{
      The expected share of the numbers of its first result that are not zero, in (0, 1], given that of values.
    }], "double", "density", (ins "::llvm::function_ref<double(::mlir::Value)>":$densityOf), [{}], [{ return 1; }]>,
    InterfaceMethod<[{
      What a row of its results is for: "token", "page" of the cache, or "row" that the step lists. Their number is the step's.
    }], "::llvm::StringRef", "resultRows", (ins), [{}], [{ return "token"; }]>,
    InterfaceMethod<[{
      The weights or the cache that its stage is named after; empty when it is named after what `stageOperand` is.
    }], "::llvm::StringRef", "stageSymbol", (ins), [{}], [{ return ::tern::step::firstSymbol($_op); }]>,
    InterfaceMethod<[{
      The layer's own operand, by default the last one: in `residual + product` the product. May be null.
    }], "::mlir::Value", "stageOperand", (ins), [{}], [{
      return $_op->getNumOperands() ? $_op->getOperands().back() : ::mlir::Value();
    }]>,
    InterfaceMethod<[{
      The part of a profile that its time belongs to.
    }], "::llvm::StringRef", "stagePart", (ins), [{}], [{ return "elementwise"; }]>,
    InterfaceMethod<[{
      Adds to `facts` what decides its results and is said by types and declarations instead of its own attributes, for the scalar reference.
    }], "void", "addFacts", (ins "::mlir::NamedAttrList &":$facts), [{}], [{ (void)facts; }]>
  ];
}

// Every attribute of an operation is its own or has a dialect's name before it: a misspelt or unknown one is no silent remark.
def KnownAttributes : NativeOpTrait<"KnownAttributes"> {
  let cppNamespace = "::tern::step";
}

#endif // TERN_DIALECTS_STEP_STEPOPERATOR_TD
