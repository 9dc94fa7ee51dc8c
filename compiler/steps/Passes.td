//===- Passes.td - Passes of phase tiled ------------------------------------===//
#ifndef TERN_COMPILER_STEPS_PASSES_TD
#define TERN_COMPILER_STEPS_PASSES_TD

include "mlir/Pass/PassBase.td"

def DecoderSplitAttention : Pass<"decoder-split-attention", "::mlir::func::FuncOp"> {
  let summary = "Make attention of one token a softmax over each page of the cache and their combination";
  let description = [{
    A long context has more pages than a machine has threads, and every cache head's page is read once for all of its query heads; shared by heads alone,
    5 heads would keep 5 threads busy. Graphs of more than one token keep `decoder.attention`: they have tokens to share. Needs `decoder.model` with
    `max_context` on the module.
  }];
  let statistics = [Statistic<"paged", "paged", "Attentions that are paged">];
  let dependentDialects = ["::tern::decoder::DecoderDialect"];
}

def DecoderPartitionThreads : Pass<"decoder-partition-threads", "::mlir::func::FuncOp"> {
  let summary = "Decide how the threads share each operator of a step graph";
  let description = [{
    Sets `step.partition` on every operator. Products and elementwise operators are shared by result columns, in whole tiles; rotary embedding and cache
    by heads; attention by pages or by token tiles; norms and quantisation by tokens or, for one token, computed by every thread, which is cheaper than
    a barrier (a row of 2,560 numbers takes about a microsecond).
  }];
  let statistics = [Statistic<"shared", "shared", "Operators that the threads share">,
                    Statistic<"replicated", "replicated", "Operators that every thread computes">];
  let dependentDialects = ["::tern::decoder::DecoderDialect"];
}

def DecoderFuseRescale : Pass<"decoder-fuse-rescale", "::mlir::func::FuncOp"> {
  let summary = "Rescale a product row by row inside its only elementwise user";
  let description = [{
    Moves a `ternary.rescale` that only a gate or another elementwise operator with the same share reads to that operator, and sets `step.inline` on it:
    its result is one row in the thread's scratch arena, made for each token anew. Between a product of 128 tokens and its gate stand three megabytes
    less to write and to read. Needs `step.partition` on every operator.
  }];
  let statistics = [Statistic<"fused", "fused", "Rescales that moved into their user">];
  let dependentDialects = ["::tern::decoder::DecoderDialect"];
}

def DecoderInsertBarriers : Pass<"decoder-insert-barriers", "::mlir::func::FuncOp"> {
  let summary = "Put a barrier before each operator that reads what other threads wrote";
  let description = [{
    Needs `step.partition` on every operator. Operators whose share only reads the same share of their operands need no barrier.
  }];
  let statistics = [Statistic<"barriers", "barriers", "Barriers">];
  let dependentDialects = ["::tern::decoder::DecoderDialect"];
}

def DecoderLowerToSteps : Pass<"decoder-lower-to-steps", "::mlir::ModuleOp"> {
  let summary = "Turn step graphs on tensors into step functions on arenas";
  let description = [{
    Every tensor gets a place in the shared arena or in the thread's scratch arena, every weight its place in the mapped weights (weight_plan.h), every
    operator the loop over its thread's share. Products become calls of one kernel function per distinct shape around a `ternary.gemm`;
    float operators become calls of dense kernels. Sets `step.arenas` on the module. Needs `decoder-partition-threads` and
    `decoder-insert-barriers`.
  }];
  let statistics = [Statistic<"steps", "steps", "Step functions that were made">];
  let dependentDialects = ["::tern::decoder::DecoderDialect", "::tern::ternary::TernaryDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::linalg::LinalgDialect", "::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect"];
}

def DecoderTileScreen : Pass<"decoder-tile-screen", "::mlir::func::FuncOp"> {
  let summary = "Lower decoder.screen_rows to loops over rows and lines of codes";
  let description = [{
    A vector of codes is loaded and taken apart into its fields, two of coarse codes and four of fine ones, and each meets the two bytes of the
    hidden state in `ternary.dot`; a row's sums, one vector for each of these bytes, stay in registers.
  }];
  let statistics = [Statistic<"screenings", "screenings", "Screenings that became loops">];
  let dependentDialects = ["::tern::ternary::TernaryDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

def TernaryUseKernels : Pass<"ternary-use-kernels", "::mlir::ModuleOp"> {
  let summary = "Replace kernel functions by those of an MLIR file";
  let description = [{
    A function of the file replaces the body of each kernel function of the module that has the same `ternary.kernel` (layout and kernel), the same
    `ternary.shape` and the same token bound; its type must be the same. So a kernel is tried without rebuilding the compiler: write out
    phase tiled, change the function, give it back.
  }];
  let options = [Option<"library", "library", "std::string", "\"\"", "MLIR file with the functions">];
  let statistics = [Statistic<"replaced", "replaced", "Kernel functions that got another body">];
  let dependentDialects = ["::tern::ternary::TernaryDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

#endif // TERN_COMPILER_STEPS_PASSES_TD
