//===- kernel_constraints.h - What kernels ask of their layouts -------------===//
//
// The constraints that several kernels of TernaryKernels.td share.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/trit/encoding.h"

#include "mlir/IR/Diagnostics.h"

namespace tern::ternary {

using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

enum class UnpackMode : uint32_t;

/// Accumulators of each sum: fields that are masked are 4^i times too large, so that each has one of its own.
int64_t accumulators(UnpackMode unpack);

/// Pairs of fields are of two bits.
llvm::LogicalResult verifyUnpack(EmitError fail, const Layout &layout, UnpackMode unpack);

/// Rows in lanes: the tile's rows fill vectors.
llvm::LogicalResult verifyVectors(EmitError fail, int64_t tileRows, int64_t width);

/// A panel (ternary.unpack_panel) of `rows` rows at a time for vectors of `width` bytes.
llvm::LogicalResult verifyPanel(EmitError fail, const Layout &layout, int64_t rows, int64_t width);

/// Lookups that a partial sum of the entries' own width has room for.
int64_t lookupRoom(const GroupCodes &codes);

/// Columns of a tile of bit planes, which is one iteration: more would be a loop body of tens of KB.
inline constexpr int64_t kMostPlaneColumns = 96;

} // namespace tern::ternary
