//===- cache_access.h - Pages of the cache in a step -----------------------===//
#pragma once

#include "compiler/steps/lowering/operator_builder.h"
#include "dialects/decoder/Decoder.h"

namespace tern {

/// Query heads for each cache head.
int64_t groupOf(mlir::Value query, decoder::CacheType type);
/// Pages that a context needs.
int64_t pagesOf(int64_t context);

/// Where the parts of attention's workspace begin, in bytes: for `tokens` with `group` query heads each, and the
/// results of `pages` pages.
struct AttentionWorkspace {
  int64_t scores, weights, parts, largest, total, bytes;
  int64_t queryCodes, queryStep, weightCodes, weightStep; ///< for codes

  AttentionWorkspace(decoder::CacheType type, int64_t tokens, int64_t group, int64_t pages);
};

/// What operators on the cache, whose pages `!decoder.cache` describes, are lowered with.
class CacheAccess {
public:
  explicit CacheAccess(OperatorBuilder &step) : s(step), b(step.b) {}

  /// One page of one head: its strips, and [256] of scales for codes.
  struct Page {
    mlir::Value strips, scales;
  };
  /// What both forms of attention know about their operands.
  struct Heads {
    decoder::CacheOp keys, values;
    decoder::CacheType type;
    int64_t group, width; ///< query heads of a query group, and their columns
  };
  /// Fails with a diagnostic when keys or values come from elsewhere than a cache.
  mlir::FailureOr<Heads> headsOf(mlir::Operation *op, mlir::Value query, mlir::Value keys, mlir::Value values);

  mlir::Value index(int64_t value) { return s.index(value); }
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value sub(mlir::Value lhs, mlir::Value rhs);
  mlir::Value mul(mlir::Value lhs, int64_t rhs);
  mlir::Value div(mlir::Value lhs, int64_t rhs);
  mlir::Value ceilDiv(mlir::Value lhs, int64_t rhs);
  mlir::Value rem(mlir::Value lhs, int64_t rhs);
  mlir::Value min(mlir::Value lhs, mlir::Value rhs);
  mlir::Value max(mlir::Value lhs, mlir::Value rhs);
  void forEach(mlir::Value begin, mlir::Value end, llvm::function_ref<void(mlir::Value)> body, mlir::Value step = {});

  /// The cache that an operator of this step appended to; null for other values.
  decoder::CacheOp cacheOf(mlir::Value value);
  /// The head of a page of a sequence, which has `pages`, as memrefs of this shape.
  Page page(decoder::CacheOp declaration, mlir::Value pages, mlir::Value page, mlir::Value head,
            llvm::ArrayRef<int64_t> shape);
  /// These shares of each dimension.
  mlir::Value part(mlir::Value tensor, llvm::ArrayRef<Share> shares);
  /// The same without the outermost dimension, of which one item is taken.
  mlir::Value item(mlir::Value tensor, llvm::ArrayRef<Share> shares);
  /// Calls the kernel of this kind for the cache's element type, with what only codes need behind the other operands.
  void callCached(llvm::StringRef kind, decoder::CacheType type, llvm::ArrayRef<mlir::NamedAttribute> parameters,
                  mlir::ValueRange operands, mlir::ValueRange forCodes);

private:
  mlir::Value pageStart(decoder::CacheOp declaration, mlir::Value pages, mlir::Value page);

  OperatorBuilder &s;
  mlir::OpBuilder &b;
};

} // namespace tern
