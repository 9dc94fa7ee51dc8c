//===- Ternary.h - The ternary dialect ------------------------------------===//
#pragma once

#include "lib/trit/layout.h"
#include "lib/trit/table.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

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

} // namespace tern::ternary
