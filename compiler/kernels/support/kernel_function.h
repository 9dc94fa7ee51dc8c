//===- kernel_function.h - The function that a product's kernel is ----------===//
#pragma once

#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tern {

/// The attribute of a product's function: it keeps its signature to the end, hidden from other objects, so that tools
/// can call it.
inline constexpr llvm::StringLiteral kKernelFunction = "tern-kernel";
/// What says which products such a function computes: [layout, kernel], and [rows, columns, ...].
inline constexpr llvm::StringLiteral kKernelAttr = "ternary.kernel", kShapeAttr = "ternary.shape";

/// The value of kKernelAttr.
mlir::ArrayAttr kernelKey(ternary::LayoutAttr layout, ternary::KernelAttr kernel);

/// Makes of a declared function (codes, sums, weights, results, begin, size, tokens) the kernel of a product: a
/// ternary.gemm of its arguments, for the passes of the kernels, and the attributes above.
void defineKernel(mlir::func::FuncOp function, ternary::LayoutAttr layout, ternary::KernelAttr kernel,
                  llvm::ArrayRef<int64_t> shape);

} // namespace tern
