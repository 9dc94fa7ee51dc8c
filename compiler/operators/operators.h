//===- operators.h - The operators that there are --------------------------===//
//
// Each file NAME.cpp of this folder adds what becomes of its operators: their lowering to a step (StepLowering) and the
// dense kernels that it calls. It defines
//
//   void tern::operators::NAME(OperatorSet &set)
//
// and the build finds it by its name (CMakeLists.txt). What the operators compute is said once more, plainly, by the
// files of lib/operators; what passes ask of them by StepOperator, in their dialect.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "mlir/IR/DialectRegistry.h"

#include <vector>

namespace tern {

struct DenseKind;

/// Adds the lowerings of all operators to the contexts of this registry.
void registerOperators(mlir::DialectRegistry &registry);

/// The kinds of dense kernels of all operators.
const std::vector<DenseKind> &denseKinds();

} // namespace tern
