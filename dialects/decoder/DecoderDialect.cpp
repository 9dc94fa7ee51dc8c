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

LogicalResult CacheType::verify(function_ref<InFlightDiagnostic()> emitError, CacheRole, int64_t heads, int64_t headDim,
                                Type element) {
  if (heads <= 0 || headDim <= 0)
    return emitError() << "a cache needs positive heads and head dimension, not " << heads << " by " << headDim;
  if (!element.isF32() && !element.isF16() && !element.isInteger(8))
    return emitError() << "a cache holds f32, f16 or i8, not " << element;
  if (element.isInteger(8) && headDim % 2 != 0)
    return emitError() << "codes lie in pairs, so a cache of i8 needs an even head dimension, not " << headDim;
  return success();
}

std::array<int64_t, 3> CacheType::getHeadShape() {
  int64_t along = getRole() == CacheRole::Keys ? kPagePositions : getHeadDim(), pair = isCoded() ? 2 : 1;
  int64_t across = getRole() == CacheRole::Keys ? getHeadDim() : kPagePositions;
  return {along / getStrip(), across / pair, getStrip() * pair};
}

int64_t CacheType::getPositionBytes() {
  int64_t bytes = getHeads() * getHeadDim() * getElement().getIntOrFloatBitWidth() / 8;
  return isCoded() ? bytes + getHeads() * int64_t(sizeof(float)) : bytes;
}
