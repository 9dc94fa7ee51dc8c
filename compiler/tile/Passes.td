//===- Passes.td - Passes of phase tiled ------------------------------------===//
#ifndef TERN_COMPILER_TILE_PASSES_TD
#define TERN_COMPILER_TILE_PASSES_TD

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

def TernaryTileDot : Pass<"ternary-tile-dot", "::mlir::func::FuncOp"> {
  let summary = "Lower dot-strategy products with columns in lanes to loops";
  let description = [{
    For codes2 and trits5 whose rows in a tile fill a vector: loops over bands, tokens and tiles; one tile of weights is loaded and unpacked, and each
    field meets the activations of the tokens of a register tile in `ternary.dot`, with all partial sums in registers.
  }];
  let statistics = [Statistic<"tiled", "tiled", "Products that became loops">];
  let dependentDialects = ["::tern::ternary::TernaryDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

class TernaryTilePass<string argument> : Pass<argument, "::mlir::func::FuncOp"> {
  let statistics = [Statistic<"tiled", "tiled", "Products that became loops">];
  let dependentDialects = ["::tern::ternary::TernaryDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

def TernaryDecomposeBitSerial : TernaryTilePass<"ternary-decompose-bit-serial"> {
  let summary = "Lower bit-serial products to table builds and lookups of one-bit planes";
  let description = [{
    A `ternary.gemm` with strategy bit_serial becomes loops that tabulate the sums of four activations for the patterns of four signs (`range = mirrored`: half of
    them), once a token, and look them up by four columns of each bit plane of the weights (`planes1` to `planes4`). Plane i counts 2^i; with two planes
    or more the code sum comes off and the rest is halved. Sums are exact for `form = halves`; `form = bytes` rounds every entry to a byte.
  }];
}

def TernaryTileLut : TernaryTilePass<"ternary-tile-lut"> {
  let summary = "Lower lookup-strategy products to loops of table builds and table lookups";
  let description = [{
    A `ternary.gemm` with strategy lut and a layout of table indices becomes, for the kernel's tokens and each stretch of columns, a loop that makes the
    stretch's tables on the stack, then loops over bands that look up and add. Sums are kept as narrow as the entries for as many lookups as cannot
    overflow (85 of words, 8 of halves), then widened; rows are lanes, so nothing is added across lanes.
  }];
}

def TernaryTileLanes : TernaryTilePass<"ternary-tile-lanes"> {
  let summary = "Lower dot-strategy products with rows in lanes to loops";
  let description = [{
    For codes2 with 16 columns and trits5 with 20: a vector of weights is one word of several rows, each field of it meets four activations that are broadcast, and
    the sums of a row stay in its lane.
  }];
}

def TernaryTileColumns : TernaryTilePass<"ternary-tile-columns"> {
  let summary = "Lower products of one token to loops over the columns of its non-zero codes";
  let description = [{
    For columns2: `ternary.nonzero_columns` lists the columns to read; if they are more than `skip_below` percent, all are read in their order.
    Four columns at a time are transposed into lanes of rows.
  }];
}

def TernaryTilePanels : TernaryTilePass<"ternary-tile-panels"> {
  let summary = "Lower products of token blocks to loops over unpacked panels";
  let description = [{
    For `unpack = panel`: the codes of some rows of a band become bytes once for a stretch of columns (`ternary.unpack_panel`), then all tokens pass over
    them by register tiles of rows x tokens sums, each of which fetches a piece of the weights of the next stretch (`ternary.fetch_columns`).
  }];
}

def TernaryTileAmx : TernaryTilePass<"ternary-tile-amx"> {
  let summary = "Lower products of token blocks to loops over the tile registers of AMX";
  let description = [{
    For `unpack = tiles`: the weights of a band become bytes once for a stretch of columns (`ternary.unpack_panel`), four columns of 16 rows in a line, as a
    tile of weights has them; then all tokens pass over them by `amx.tile_muli`, in register tiles of tokens x rows sums. Codes of the last columns, where
    they are less than 64, are copied to where zeros follow them.
  }];
  let dependentDialects = ["::tern::ternary::TernaryDialect", "::mlir::amx::AMXDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
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

#endif // TERN_COMPILER_TILE_PASSES_TD
