//===- Decoder.h - The decoder dialect ------------------------------------===//
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/decoder/DecoderDialect.h.inc"
#include "dialects/decoder/DecoderEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/decoder/DecoderTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/decoder/DecoderAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/decoder/DecoderOps.h.inc"

namespace tern::decoder {

/// Of a decoder.mark: what the stage computes and where its results are, an operator of lib/reference/operators.h
/// without its stage.
inline constexpr llvm::StringLiteral kOperatorAttr = "decoder.operator";
/// Of a module in phase llvm, by function: the names of its marks, and their operators (empty where a mark has none).
inline constexpr llvm::StringLiteral kStagesAttr = "decoder.stages", kOperatorsAttr = "decoder.operators";

} // namespace tern::decoder
