//===- Ternary.h - The ternary dialect ------------------------------------===//
#pragma once

#include "dialects/step/Step.h"
#include "lib/trit/activation_codes.h"
#include "lib/trit/encoding.h"
#include "lib/weights/storage.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace tern {
/// MLIR keeps attributes by it.
inline llvm::hash_code hash_value(const WeightFormat &format) { return llvm::hash_value(formatText(format)); }
inline llvm::hash_code hash_value(const Layout &layout) {
  return llvm::hash_combine(int(layout.encoding), layout.tileRows, layout.tileColumns);
}
} // namespace tern

#include "dialects/ternary/TernaryDialect.h.inc"
#include "dialects/ternary/TernaryEnums.h.inc"

#include "dialects/ternary/kernel_constraints.h"

#include "dialects/ternary/KernelAttr.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/ternary/TernaryAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/ternary/TernaryOps.h.inc"

namespace tern::ternary {

/// The layout as lib knows it, which alone defines the bytes.
tern::Layout toLayout(LayoutAttr attr);
LayoutAttr toAttr(mlir::MLIRContext *context, const tern::Layout &layout);

/// What lib reads weights by.
tern::WeightDeclaration declarationOf(WeightOp weight);

/// A kernel as operations and tuning files have it: "lanes<width = 64>" of #ternary.lanes<width = 64>.
mlir::ParseResult parseKernel(mlir::AsmParser &parser, KernelAttr &kernel);
void printKernel(mlir::AsmPrinter &printer, mlir::Operation *, KernelAttr kernel);

/// Fails with the constraint that a kernel breaks on a layout: vectors that the tile's rows do not fill, a panel of a
/// layout that has none, ... `group` is the columns that have a scale inside the sum, 0 where there is none.
llvm::LogicalResult verifyKernel(EmitError emitError, LayoutAttr layout, KernelAttr kernel, int64_t group);

/// Fails where codes and sums have no room for what `quantizer` makes of the rows of `input`: of ternary.quantize and
/// what is fused with it.
llvm::LogicalResult verifyCodes(mlir::Operation *op, mlir::Value input, mlir::Value codes, mlir::Value sum,
                                CodesAttr quantizer);

} // namespace tern::ternary
