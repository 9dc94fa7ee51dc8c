//===- read_dense_kernel.h - Dense kernels as MLIR declares them ----------===//
#pragma once

#include "compiler/dense/dense_kernel.h"

#include "mlir/IR/Operation.h"

namespace tern {

/// Whether a function declares a dense kernel: it has the attribute step.dense.
bool isDenseKernel(mlir::Operation *declaration);

/// The kernel that a declaration with step.dense = {kind = "...", operands = [types...], ...}
/// asks for (phase llvm adds the operands). Errors name the function and the operand that is not
/// understood.
Result<DenseKernel> readDenseKernel(mlir::Operation *declaration);

} // namespace tern
