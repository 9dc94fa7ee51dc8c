//===- step_graph.h - What the passes of this phase ask of a step graph ----===//
#pragma once

#include "dialects/decoder/Decoder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tern {

/// Whether `func` is the graph of a step: a body, and token ids as the first argument.
bool isStepGraph(mlir::func::FuncOp func);

/// Whether the rows of a step graph's first argument are tokens: not of the codes that tern_screen takes.
bool holdsTokens(mlir::func::FuncOp graph);

/// Whether the value is what a step graph returns.
bool isReturned(mlir::Value value);

/// Whether a matrix that a step graph returns goes to the step's logits, else to its hidden states: a graph that begins
/// with token ids ends in hidden states; one that begins with hidden states, the output head or a layer on its own
/// (tern-only), ends in logits.
bool returnsLogits(mlir::Value result);

/// The tokens that the tensors of a step graph hold: 1 for decode, the block for prefill.
int64_t tokenBound(mlir::func::FuncOp graph);

/// Whether the operation makes tensors or caches, which constants, barriers and terminators do not. A barrier is a
/// stage of the step too, but no operator.
bool isOperator(mlir::Operation *op);

/// Whether the operation is an operator whose result is rows of its operand where they are.
bool isView(mlir::Operation *op);

/// Fails, with a diagnostic, at the first operator of the graph that has no share; views need none.
mlir::LogicalResult requirePartitions(mlir::func::FuncOp graph);

/// "OPERATOR NAME" for profiles: the operator's mnemonic and the short name of its weights ("matmul blk.0.ffn_down"),
/// its cache, or, when it has neither, of what it works on ("gate blk.0.ffn_up"; StepOperator's stageSymbol and
/// stageOperand). A barrier has no name.
std::string stageName(mlir::Operation *op);

/// Whether the tensor is one row inside its user (step::kInlineAttr).
bool isInline(mlir::Value tensor);

} // namespace tern
