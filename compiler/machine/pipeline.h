//===- pipeline.h - Phase llvm: the LLVM dialect for one target ---------------===//
#pragma once

namespace mlir {
class OpPassManager;
}

namespace tern {

/// From the output of phase vector to the LLVM dialect, with the weight declarations still in the module.
void buildMachinePipeline(mlir::OpPassManager &manager);

} // namespace tern
