//===- Passes.td - Passes of phase vector -----------------------------------===//
#ifndef TERN_COMPILER_LOWER_PASSES_TD
#define TERN_COMPILER_LOWER_PASSES_TD

include "mlir/Pass/PassBase.td"

def TernaryLowerUnpack : Pass<"ternary-lower-unpack", "::mlir::func::FuncOp"> {
  let summary = "Lower ternary.unpack to shifts and masks";
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

def DecoderLowerShares : Pass<"decoder-lower-shares", "::mlir::func::FuncOp"> {
  let summary = "Lower decoder.share to arithmetic on the thread index";
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // TERN_COMPILER_LOWER_PASSES_TD
