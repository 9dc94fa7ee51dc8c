//===- attention_lowering.h - Cache and attention as steps -----------------===//
#pragma once

#include "compiler/tile/step_builder.h"

namespace tern {

/// Bytes of scratch that the operator works in beside its operands; 0 for all but attention.
int64_t attentionWorkspaceBytes(mlir::Operation *op, int64_t maxContext);

/// Lowers operators on the cache, whose pages `!decoder.cache` describes, to calls of dense kernels.
class AttentionLowering {
public:
  AttentionLowering(StepBuilder &step, int64_t maxContext) : s(step), b(step.b), maxContext(maxContext) {}

  /// Stores the thread's heads of every token.
  mlir::LogicalResult lower(decoder::CacheAppendOp op);
  /// A thread's token tiles: page by page into scratch, then combined.
  mlir::LogicalResult lower(decoder::AttentionOp op);
  /// A thread's pages.
  mlir::LogicalResult lower(decoder::AttentionPagesOp op);
  mlir::LogicalResult lower(decoder::AttentionCombineOp op);

private:
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

  mlir::Value pageStart(decoder::CacheOp declaration, mlir::Value page);
  Page page(decoder::CacheOp declaration, mlir::Value page, mlir::Value head, llvm::ArrayRef<int64_t> shape);
  /// Stores the tokens of the input from `first` on, `count` of them that stand in one strip from position `begin` on;
  /// one where values lie in pairs.
  void append(decoder::CacheAppendOp op, mlir::OpFoldResult first, mlir::Value begin, mlir::OpFoldResult count);
  /// These shares of each dimension.
  mlir::Value part(mlir::Value tensor, llvm::ArrayRef<Share> shares);
  /// The same without the outermost dimension, of which one item is taken.
  mlir::Value item(mlir::Value tensor, llvm::ArrayRef<Share> shares);
  /// Calls the kernel of this kind for the cache's element type, with what only codes need behind the other operands.
  void callCached(llvm::StringRef kind, decoder::CacheType type, llvm::ArrayRef<mlir::NamedAttribute> parameters,
                  mlir::ValueRange operands, mlir::ValueRange forCodes);

  StepBuilder &s;
  mlir::OpBuilder &b;
  int64_t maxContext;
};

} // namespace tern
