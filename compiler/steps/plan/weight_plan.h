//===- weight_plan.h - Where each weight lies in .tern.weights ------------===//
//
// The plan follows from the module's declarations alone, in their order, so that the kernels that read the weights and
// the packer that writes them agree without telling each other.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tern {

enum class WeightKind {
  Ternary,      ///< ternary.weight, packed by its layout
  TernaryScale, ///< of a ternary.weight, f32 [1], [rows] or [columns] (ternary.rescale, ternary.scale_columns)
  Dense,        ///< decoder.tensor
  RopeTable,    ///< decoder.rope_table, f32 [positions, 2, head_dim / 2]
  RowCodes,     ///< both planes of a decoder.row_codes (lib/head/row_codes.h)
  RowFigures,   ///< of a decoder.row_codes, f32 [figures, rows]
};

struct WeightEntry {
  mlir::Operation *declaration;
  WeightKind kind;
  std::string name;           ///< symbol name; scales have ".scale" appended, figures ".figures"
  std::string dtype;          ///< "ternary", "f32", "bf16" or "u8"
  std::vector<int64_t> shape; ///< logical shape, before padding to tiles
  int64_t offset;             ///< in bytes, a multiple of 64
  int64_t bytes;
};

struct WeightPlan {
  std::vector<WeightEntry> entries;
  int64_t bytes = 0; ///< size of .tern.weights

  /// The entry of a declaration, or null.
  const WeightEntry *find(mlir::StringRef name) const;
};

/// Every ternary.weight must have a layout.
WeightPlan planWeights(mlir::ModuleOp module);

} // namespace tern
