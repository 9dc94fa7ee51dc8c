//===- density.h - How many activations of a linear layer are not zero ------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"

namespace tern {

/// Of an argument of @forward, where the graph that would tell is not there any more (tern-only): f64 in (0, 1].
inline constexpr llvm::StringLiteral kDensityAttr = "ternary.density";

/// The fraction of int8 codes of `activations` that are expected not to be zero, in (0, 1]; 1 where the graph tells
/// nothing.
double expectedDensity(mlir::Value activations);

/// The same by the ternary.weight that multiplies them, after ternary-quantize-activations.
llvm::DenseMap<mlir::Operation *, double> expectedDensities(mlir::ModuleOp module);

} // namespace tern
