//===- pipeline.h - Phase tiled: step functions on buffers, kernels as loops ---===//
#pragma once

namespace mlir {
class OpPassManager;
}

namespace tern {

/// From the output of phase ternary to the output of phase tiled.
void buildStepsPipeline(mlir::OpPassManager &manager);

} // namespace tern
