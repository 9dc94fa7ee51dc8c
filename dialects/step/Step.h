//===- Step.h - The step dialect ------------------------------------------===//
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/step/StepDialect.h.inc"
#include "dialects/step/StepEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/step/StepTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/step/StepAttrs.h.inc"

namespace tern::step {

/// The attribute that holds an operator's share, set by decoder-partition-threads.
inline constexpr llvm::StringLiteral kPartitionAttr = "step.partition";
/// The unit attribute of an operator whose result is one row, made for each token inside its only user
/// (decoder-fuse-rescale).
inline constexpr llvm::StringLiteral kInlineAttr = "step.inline";
/// Of a function declaration: a dense kernel (compiler/dense/dense_kernel.h).
inline constexpr llvm::StringLiteral kDenseAttr = "step.dense";
/// Of a step.mark: what the stage computes and where its results are, an operator of lib/operators/operator.h without
/// its stage.
inline constexpr llvm::StringLiteral kOperatorAttr = "step.operator";
/// Of a step.mark: the part of a profile that the stage's time belongs to.
inline constexpr llvm::StringLiteral kPartAttr = "step.part";
/// Of a module in phase llvm, by function: the names of its marks, and their operators (empty where a mark has none).
/// Parts are by the first word of a name.
inline constexpr llvm::StringLiteral kStagesAttr = "step.stages", kPartsAttr = "step.parts",
                                     kOperatorsAttr = "step.operators";
/// Of a module: the sizes of the arenas, and the most rows of a step.
inline constexpr llvm::StringLiteral kArenasAttr = "step.arenas";
/// Of a function: the name under which the model object exports it.
inline constexpr llvm::StringLiteral kExportAttr = "step.export";
/// Of an operator of a graph: its result is what layer NAME gives to the next one; of the one before the first layer,
/// "".
inline constexpr llvm::StringLiteral kLayerAttr = "step.layer";
/// Of an argument or a result of a step graph: its port, a #step.port. Of a step function: all its ports, in order.
inline constexpr llvm::StringLiteral kPortAttr = "step.port", kPortsAttr = "step.ports";

/// A port of a step function.
struct Port {
  PortAttr port;
  mlir::RankedTensorType type;
  bool output;
};
/// The ports of a step graph, arguments before results, or of the step function that it became. What has no port is
/// left out.
llvm::SmallVector<Port> portsOf(mlir::Operation *function);
/// The function that a module exports under this name; null when there is none.
mlir::Operation *findExport(mlir::Operation *module, llvm::StringRef name);
/// Keeps the ports of a step graph on the step function that it becomes.
void setPorts(mlir::Operation *function, llvm::ArrayRef<Port> ports);

/// The share of an operator; null before decoder-partition-threads.
PartitionAttr partitionOf(mlir::Operation *op);

/// Two cache lines of floats: threads that write neighbouring shares rarely write one line.
inline constexpr int64_t kDenseGranule = 32;

/// A share by result columns in whole granules.
PartitionAttr byFeatures(mlir::Operation *op, int64_t granule);
/// A share by tokens; of one token every thread computes all, which is cheaper than a barrier (a row of 2,560 numbers
/// takes about a microsecond), but what a step returns is one place for all threads, so that one of them writes it.
PartitionAttr byTokens(mlir::Operation *op, int64_t tokens);
/// The share of an operand that is shared by columns, so that no barrier is needed between, else granules of
/// kDenseGranule. The last such operand decides: in `residual + product` the product's.
PartitionAttr asOperands(mlir::Operation *op);

/// The first symbol among the operator's attributes, or "".
llvm::StringRef firstSymbol(mlir::Operation *op);

/// Copies all attributes of `from` that are its own to `to`. Fails without a diagnostic when `to` has no attribute of
/// such a name: then a rewrite must not match, since it would lose what the attribute says.
llvm::LogicalResult copyProperties(mlir::Operation *from, mlir::Operation *to);

/// Verifies KnownAttributes.
llvm::LogicalResult verifyKnownAttributes(mlir::Operation *op);

template <typename ConcreteOp> class KnownAttributes : public mlir::OpTrait::TraitBase<ConcreteOp, KnownAttributes> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) { return verifyKnownAttributes(op); }
};

} // namespace tern::step

#include "dialects/step/StepOperator.h.inc"

#define GET_OP_CLASSES
#include "dialects/step/StepOps.h.inc"
