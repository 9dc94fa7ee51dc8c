//===- Passes.td - Passes of phase vector -----------------------------------===//
#ifndef TERN_COMPILER_VECTOR_PASSES_TD
#define TERN_COMPILER_VECTOR_PASSES_TD

include "mlir/Pass/PassBase.td"

def TernaryLowerUnpack : Pass<"ternary-lower-unpack", "::mlir::func::FuncOp"> {
  let summary = "Lower ternary.unpack to shifts and masks";
  let statistics = [Statistic<"lowered", "lowered", "Ops that were lowered">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

def TernaryLowerTableBuild : Pass<"ternary-lower-table-build", "::mlir::func::FuncOp"> {
  let summary = "Lower ternary.table_build to vector arithmetic";
  let description = [{
    One lane an entry: each activation is broadcast and multiplied by its weight in every entry (lib/trit/table.h numbers them), then the sums are kept as
    words, split into halves, or scaled and rounded to bytes.
  }];
  let statistics = [Statistic<"lowered", "lowered", "Ops that were lowered">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

def TernaryLowerUnpackPanel : Pass<"ternary-lower-unpack-panel", "::mlir::func::FuncOp"> {
  let summary = "Lower ternary.unpack_panel to loops of ternary.unpack, one form for each encoding";
  let statistics = [Statistic<"lowered", "lowered", "Ops that were lowered">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def TernaryLowerFetchColumns : Pass<"ternary-lower-fetch-columns", "::mlir::func::FuncOp"> {
  let summary = "Lower ternary.fetch_columns to loops of prefetches, one for each line of weights";
  let statistics = [Statistic<"lowered", "lowered", "Ops that were lowered">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def TernaryLowerTranspose : Pass<"ternary-lower-transpose", "::mlir::func::FuncOp"> {
  let summary = "Lower ternary.transpose_bytes to shuffles";
  let statistics = [Statistic<"lowered", "lowered", "Ops that were lowered">];
  let dependentDialects = ["::mlir::vector::VectorDialect"];
}

def DecoderLowerShares : Pass<"decoder-lower-shares", "::mlir::func::FuncOp"> {
  let summary = "Lower step.share to arithmetic on the thread index";
  let statistics = [Statistic<"lowered", "lowered", "Ops that were lowered">];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // TERN_COMPILER_VECTOR_PASSES_TD
