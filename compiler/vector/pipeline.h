//===- pipeline.h - Phase vector: upstream dialects, target-neutral -----------===//
#pragma once

namespace mlir {
class OpPassManager;
}

namespace tern {

/// From the output of phase tiled to the output of phase vector.
void buildVectorPipeline(mlir::OpPassManager &manager);

} // namespace tern
