//===- product_traits.h - What products ask of the kernels of a weight ------===//
#pragma once

#include "compiler/kernels/kernel_table.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"

namespace tern {

/// Of an argument of @forward, where the graph that would tell is not there any more (tern-only): f64 in (0, 1].
inline constexpr llvm::StringLiteral kDensityAttr = "ternary.density";

/// The fraction of int8 codes of `activations` that are expected not to be zero, in (0, 1]; 1 where the graph tells
/// nothing.
double expectedDensity(mlir::Value activations);

/// Whether what is measured for a shape alone says anything of such products: it is measured with dense codes of one
/// byte and sums of whole rows, whatever the layout.
bool isTunedByShape(const ProductTraits &traits);

/// Of each ternary.weight, after ternary-quantize-activations.
llvm::DenseMap<mlir::Operation *, ProductTraits> productTraits(mlir::ModuleOp module);

} // namespace tern
