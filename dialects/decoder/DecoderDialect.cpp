//===- DecoderDialect.cpp - Registration, types and attributes of decoder -===//
#include "dialects/decoder/Decoder.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tern::decoder;

#include "dialects/decoder/DecoderDialect.cpp.inc"
#include "dialects/decoder/DecoderEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/decoder/DecoderTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/decoder/DecoderAttrs.cpp.inc"

void DecoderDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/decoder/DecoderTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/decoder/DecoderAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/decoder/DecoderOps.cpp.inc"
      >();
}
