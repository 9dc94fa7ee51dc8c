//===- tile_fields.h - How the weights of a tile come out of its bytes ----===//
//
// What a dot kernel needs to know of an encoding: how many vectors of weights one vector of bytes holds, the ops that
// take them out, and which of them are too large by a power of two, so that they need accumulators of their own.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "dialects/ternary/Ternary.h"

#include "mlir/IR/Builders.h"

namespace tern {

class TileFields {
public:
  TileFields(const Layout &layout, ternary::UnpackMode mode) : layout(layout), mode(mode) {}

  /// Vectors of weights in one vector of bytes; field f holds columns [f * V, f * V + V) of the tile.
  int64_t count() const { return layout.tileColumns / width(); }
  /// V: the bytes of one row of a tile, which are one vector.
  int64_t width() const { return layout.tileBytes() / layout.tileRows; }
  /// Fields of one class share an accumulator; what class c sums is 4^c times too large.
  int64_t classes() const { return ternary::accumulators(mode); }
  int64_t classOf(int64_t field) const { return field == Bits2::fields ? 0 : field % classes(); }

  /// The codes of field `field` of each of the vectors `packed`, bytes as the rows of a tile have them.
  llvm::SmallVector<mlir::Value> unpack(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<mlir::Value> packed,
                                        int64_t field);

private:
  llvm::SmallVector<mlir::Value> unpackBase3(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<mlir::Value> packed,
                                             int64_t field);

  Layout layout;
  ternary::UnpackMode mode;
  /// All fields of the vectors that were unpacked last, where one op makes them all.
  llvm::SmallVector<ternary::UnpackTritsOp> whole;
};

} // namespace tern
