//===- KernelConstraints.h - What a kernel asks of its layout --------------===//
#pragma once

#include "dialects/ternary/Ternary.h"

namespace tern::ternary {

/// Fails with the constraint that a kernel breaks on a layout: vectors that the tile's rows do not fill, a panel of a
/// layout that has none, ... Kernels of other strategies than dot have theirs in their own passes.
llvm::LogicalResult verifyKernel(llvm::function_ref<mlir::InFlightDiagnostic()> emitError, LayoutAttr layout,
                                 KernelAttr kernel);

} // namespace tern::ternary
