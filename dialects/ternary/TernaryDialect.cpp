//===- TernaryDialect.cpp - Registration and attributes of ternary --------===//
#include "dialects/ternary/Ternary.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tern::ternary;

#include "dialects/ternary/TernaryDialect.cpp.inc"
#include "dialects/ternary/TernaryEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/ternary/TernaryAttrs.cpp.inc"

void TernaryDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/ternary/TernaryAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/ternary/TernaryOps.cpp.inc"
      >();
}

static tern::Encoding toEncoding(EncodingKind kind) {
  switch (kind) {
  case EncodingKind::Codes2:
    return tern::Encoding::Codes2;
  }
  llvm_unreachable("encoding kinds are listed above");
}

static EncodingKind toEncodingKind(tern::Encoding encoding) {
  switch (encoding) {
  case tern::Encoding::Codes2:
    return EncodingKind::Codes2;
  }
  llvm_unreachable("encodings are listed above");
}

LayoutAttr tern::ternary::toAttr(MLIRContext *context, const tern::Layout &layout) {
  return LayoutAttr::get(context, toEncodingKind(layout.encoding), layout.tileRows, layout.tileColumns);
}

tern::Layout tern::ternary::toLayout(LayoutAttr attr) {
  return {toEncoding(attr.getEncoding()), attr.getTileRows(), attr.getTileColumns()};
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, EncodingKind encoding,
                                 int64_t tileRows, int64_t tileColumns) {
  tern::Status status = tern::Layout{toEncoding(encoding), tileRows, tileColumns}.verify();
  if (!status)
    return emitError() << status.error().message;
  return success();
}

LogicalResult KernelAttr::verify(function_ref<InFlightDiagnostic()> emitError, Strategy strategy, UnpackMode unpack,
                                 int64_t tokens, int64_t unroll, int64_t prefetch) {
  if (unpack != UnpackMode::Mask && strategy != Strategy::Dot)
    return emitError() << "unpack = " << stringifyUnpackMode(unpack) << " is for strategy dot, not "
                       << stringifyStrategy(strategy);
  // 64 tokens by 4 rows already need far more accumulators than any register file has.
  if (tokens < 1 || tokens > 64)
    return emitError() << "a kernel's tokens must be 1 to 64, not " << tokens;
  // 16 tiles of 256 bytes are already a loop body of several KB.
  if (unroll < 1 || unroll > 16)
    return emitError() << "a kernel's unroll must be 1 to 16 tiles of columns, not " << unroll;
  if (prefetch < 0 || prefetch > 65536)
    return emitError() << "a kernel's prefetch must be 0 to 65536 bytes, not " << prefetch;
  return success();
}
