//===- kernels.h - The kernels of products that there are ------------------===//
//
// Each file NAME.cpp of this folder is one kernel: the loops that its attribute (dialects/ternary/TernaryKernels.td)
// stands for, what a tuner may vary, and the families of the kernel table whose single tokens it computes. It defines
//
//   void tern::kernels::NAME(KernelSet &set)
//
// and the build finds it by its name (CMakeLists.txt). What the kernels share is in support/. docs/add-a-kernel.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "mlir/IR/DialectRegistry.h"

namespace mlir {
class OpPassManager;
}

namespace tern {

/// Adds the loops of all kernels to the contexts of this registry.
void registerKernels(mlir::DialectRegistry &registry);

/// For each kernel a pass that lowers its products and leaves those of the others as they are.
void registerKernelPasses();
void addKernelPasses(mlir::OpPassManager &manager);

} // namespace tern
