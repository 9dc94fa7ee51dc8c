//===- Passes.td - Passes of phase llvm -------------------------------------===//
#ifndef TERN_COMPILER_MACHINE_PASSES_TD
#define TERN_COMPILER_MACHINE_PASSES_TD

include "mlir/Pass/PassBase.td"

def TernaryLowerDot : Pass<"ternary-lower-dot", "::mlir::ModuleOp"> {
  let summary = "Lower ternary.dot to the target's dot-product instructions";
  let description = [{
    The features of the module's `llvm.target` decide: vpdpbusd (AVX-512 VNNI, AVX-VNNI), vpmaddubsw + vpmaddwd (AVX-512 BW, AVX2, SSSE3), usdot
    (NEON i8mm), or, without any of them, widening multiplication in plain vector arithmetic, which is correct everywhere and a remark.
  }];
  let statistics = [Statistic<"lowered", "lowered", "Ops that were lowered">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

def TernaryLowerTrits : Pass<"ternary-lower-trits", "::mlir::ModuleOp"> {
  let summary = "Lower ternary.unpack_trits to the target's byte permutes, or to comparisons";
  let description = [{
    With AVX-512 VBMI two 128-entry byte permutes and an average decode 64 bytes; mode `mask` then masks the four two-bit codes, `shift` shifts
    them. With byte shuffles (SSSE3, AVX2, AVX-512 BW) the digits come off from the top by unsigned minima, and a shuffle makes codes of them;
    without, comparisons do, in plain vector arithmetic, which is correct everywhere.
  }];
  let statistics = [Statistic<"lowered", "lowered", "Ops that were lowered">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

def TernaryLowerLookup : Pass<"ternary-lower-lookup", "::mlir::ModuleOp"> {
  let summary = "Lower ternary.table_lookup to the target's permutations";
  let description = [{
    The features of the module's `llvm.target` decide: vpermw (AVX-512 BW) for 16-bit tables; vpermb (AVX-512 VBMI), vpshufb (AVX-512 BW, AVX2), pshufb
    (SSSE3) or tbl (NEON) for byte tables; or, without any of them, one table element after the other, which is correct everywhere and a remark.
  }];
  let statistics = [Statistic<"lowered", "lowered", "Ops that were lowered">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

def TernaryLowerNonzero : Pass<"ternary-lower-nonzero", "::mlir::ModuleOp"> {
  let summary = "Lower ternary.nonzero_columns to a loop that appends without branches";
  let description = [{
    With AVX-512 sixteen columns at a time by vpcompressd, else one at a time.
  }];
  let statistics = [Statistic<"lowered", "lowered", "Ops that were lowered">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

def TernConvertToLLVM : Pass<"tern-convert-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Convert step functions and kernels to the LLVM dialect";
  let description = [{
    Step operations read struct tern_step (lib/object/model_abi.h) by its C layout; all else goes through the upstream conversions.
    Declarations of weights and caches stay: the model object is made from them.
  }];
  let statistics = [Statistic<"functions", "functions", "Functions that were converted">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // TERN_COMPILER_MACHINE_PASSES_TD
