//===- tile_fields.cpp - How the weights of a tile come out of its bytes --===//
#include "compiler/kernels/support/tile_fields.h"

using namespace mlir;

namespace tern {

SmallVector<Value> TileFields::unpack(OpBuilder &b, Location loc, ArrayRef<Value> packed, int64_t field) {
  switch (rulesOf(layout.encoding).fields) {
  case Fields::Bits2:
    return llvm::map_to_vector(
        packed, [&](Value bytes) -> Value { return ternary::UnpackOp::create(b, loc, bytes, field, mode); });
  case Fields::Base3:
    return unpackBase3(b, loc, packed, field);
  case Fields::None:
    break; // what reads fields has verified that there are some
  }
  llvm_unreachable("an encoding without fields");
}

SmallVector<Value> TileFields::unpackBase3(OpBuilder &b, Location loc, ArrayRef<Value> packed, int64_t field) {
  bool unpacked =
      whole.size() == packed.size() &&
      llvm::all_of_zip(whole, packed, [](ternary::UnpackTritsOp op, Value bytes) { return op.getPacked() == bytes; });
  if (!unpacked)
    whole = llvm::map_to_vector(packed, [&](Value bytes) {
      Type type = bytes.getType();
      return ternary::UnpackTritsOp::create(b, loc, TypeRange{type, type, type, type, type}, bytes, mode);
    });
  return llvm::map_to_vector(whole, [&](ternary::UnpackTritsOp op) -> Value { return op->getResult(unsigned(field)); });
}

} // namespace tern
