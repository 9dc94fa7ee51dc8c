//===- Ternary.h - The ternary dialect ------------------------------------===//
#pragma once

#include "dialects/step/Step.h"
#include "lib/trit/activation_codes.h"
#include "lib/trit/layout.h"
#include "lib/trit/table.h"
#include "lib/weights/storage.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <optional>

namespace tern {
/// MLIR keeps attributes by it.
inline llvm::hash_code hash_value(const WeightFormat &format) { return llvm::hash_value(formatText(format)); }
} // namespace tern

#include "dialects/ternary/TernaryDialect.h.inc"
#include "dialects/ternary/TernaryEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/ternary/TernaryAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/ternary/TernaryOps.h.inc"

namespace tern::ternary {

/// The layout as lib knows it; lib/trit/layout.h alone defines the bytes.
tern::Layout toLayout(LayoutAttr attr);
LayoutAttr toAttr(mlir::MLIRContext *context, const tern::Layout &layout);

/// What lib reads weights by.
tern::WeightDeclaration declarationOf(WeightOp weight);

/// What lies in the lanes of a dot product's vectors, or what its loops are over; each form is one pass of phase tiled.
enum class DotForm {
  ColumnsInLanes, ///< codes2 or trits5 whose rows in a tile fill a vector each: sums are added across lanes at the end
  RowsInLanes,    ///< the same whose rows in a tile are words (hasWordRows): activations are broadcast
  NonzeroColumns, ///< columns2, one token: the columns of non-zero codes
  Panels,         ///< any layout that ternary.unpack_panel reads: blocks of tokens over bytes
  TileRegisters,  ///< the same by the matrix products of AMX
};

/// Whether a row of a tile is one 32-bit word with four columns in each field of it: codes2 with 16 columns, trits5
/// with 20.
bool hasWordRows(LayoutAttr layout);

/// Nothing for kernels of other strategies.
std::optional<DotForm> dotForm(LayoutAttr layout, KernelAttr kernel);

} // namespace tern::ternary
