//===- kernel_changes.cpp - Kernels changed without rebuilding the compiler ----===//
#include "compiler/steps/kernels/kernel_changes.h"

#include "compiler/steps/passes.h"

#include "mlir/Dialect/Transform/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

void tern::addKernelChanges(OpPassManager &manager, const KernelChanges &changes) {
  if (!changes.library.empty())
    manager.addPass(createTernaryUseKernels({changes.library}));
  if (!changes.transform.empty()) {
    manager.addPass(transform::createPreloadLibraryPass({{changes.transform}}));
    manager.addPass(transform::createInterpreterPass());
  }
}
