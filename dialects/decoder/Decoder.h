//===- Decoder.h - The decoder dialect ------------------------------------===//
#pragma once

#include "dialects/step/Step.h"
#include "dialects/ternary/Ternary.h"

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
