//===- link_pipeline.h - Bitcode into the module that calls it ------------===//
#pragma once

#include "compiler/dense/compiled_pipeline.h"

namespace tern {

/// Defines `kernel.symbol` in `module` by the pipeline: the descriptors of MLIR's memref convention
/// become Halide's buffers, the pipeline is inlined, and nothing of it is left beside the function.
Status linkPipeline(llvm::Module &module, const DenseKernel &kernel, const CompiledPipeline &pipeline);

} // namespace tern
