//===- arena.h - A place for every tensor of a step graph -----------------===//
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace tern {

/// Where one tensor lies.
struct ArenaPlace {
  bool scratch;   ///< in the thread's own arena, else in the shared one
  int64_t offset; ///< in bytes, a multiple of 64
  int64_t rows; ///< tokens there is room for: the bound, padded for kernels that work on several at a time, or 1 inline
};

struct ArenaPlan {
  llvm::DenseMap<mlir::Value, ArenaPlace> places;
  int64_t sharedBytes = 0;
  int64_t scratchBytes = 0;
};

/// Places all tensors of a step graph whose operators have shares and barriers. A place in the shared arena is used
/// again only after a barrier that follows the last reader, since a slow thread may read until then.
ArenaPlan planArenas(mlir::func::FuncOp graph);

} // namespace tern
