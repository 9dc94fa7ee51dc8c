//===- kernel_changes.h - Kernels changed without rebuilding the compiler ------===//
#pragma once

#include <string>

namespace mlir {
class OpPassManager;
}

namespace tern {

/// What a user changes in the output of phase tiled; empty names change nothing.
struct KernelChanges {
  std::string library;   ///< MLIR file whose functions replace kernels (ternary-use-kernels)
  std::string transform; ///< transform-dialect file, whose @__transform_main is run on the module
};

void addKernelChanges(mlir::OpPassManager &manager, const KernelChanges &changes);

} // namespace tern
