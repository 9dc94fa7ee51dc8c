//===- step_graph.h - What the passes of this phase ask of a step graph ----===//
#pragma once

#include "dialects/decoder/Decoder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tern {

/// Whether `func` is the graph of a step: a body, and a tensor as the first argument.
bool isStepGraph(mlir::func::FuncOp func);

/// Whether the value is what a step graph returns.
bool isReturned(mlir::Value value);

/// The most rows of a step: the first dimension of the argument whose port counts rows, or of the first argument where
/// there are no ports; 1 where ports count other things (a list of rows of the output head).
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
