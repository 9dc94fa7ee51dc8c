//===- read_dense_kernel.h - Dense kernels as MLIR declares them ----------===//
#pragma once

#include "compiler/dense/dense_kernel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tern {

/// The kernel that a declaration with the attribute decoder.dense = {kind = "...", ...} asks for. Errors name the function and the parameter
/// or argument that is not understood.
Result<DenseKernel> readDenseKernel(mlir::func::FuncOp declaration);

} // namespace tern
