//===- step_builder.h - Builds one step function over the arenas ----------===//
#pragma once

#include "compiler/kernels/support/kernel_function.h"
#include "compiler/tile/arena.h"
#include "compiler/tile/weight_plan.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringMap.h"

namespace tern {

/// The attribute of a step function: what calls it is not in the module.
inline constexpr llvm::StringLiteral kStepFunction = "tern-step";

/// A thread's share, neighbouring columns or tokens: `begin` and `size`, each a constant or an index value.
struct Share {
  mlir::OpFoldResult begin, size;
};

/// What the operators of a step graph are lowered with: the step's buffers as memrefs, the thread's shares, dense and
/// product kernels.
class StepBuilder {
public:
  StepBuilder(mlir::OpBuilder &builder, mlir::SymbolTable &symbols, const WeightPlan &weights, const ArenaPlan &arenas,
              int64_t sharedBytes, int64_t scratchBytes, int64_t tokenBound);

  /// Starts the function `name(%step, %thread, %threads)` with these ports; the insertion point is in its body
  /// afterwards.
  mlir::func::FuncOp begin(mlir::Location loc, mlir::StringRef name, llvm::ArrayRef<step::Port> ports);

  mlir::OpBuilder &b;
  mlir::Location loc;

  //===-- Numbers ---------------------------------------------------------===//
  mlir::Value index(int64_t value);
  mlir::Value value(mlir::OpFoldResult number);
  mlir::Value stepValue(step::StepValue which);
  mlir::OpFoldResult add(mlir::OpFoldResult lhs, mlir::OpFoldResult rhs);
  mlir::Value thread, threads;
  mlir::Value stepPointer() const { return step; }
  mlir::Block *entryBlock() const { return entry; }
  /// How many rows this tensor holds in this step: all, or those from first_output on.
  mlir::OpFoldResult tokensOf(mlir::Value tensor);
  /// This thread's share of `extent` columns or tokens under `part` (all of it when replicated).
  Share share(step::PartitionAttr part, mlir::OpFoldResult extent);
  /// The same in granules of `granule`.
  Share share(mlir::OpFoldResult extent, int64_t granule);

  //===-- Buffers ---------------------------------------------------------===//
  /// The place of a tensor, [rows, columns] or [rows].
  mlir::Value buffer(mlir::Value tensor);
  /// Binds a tensor to rows of another one from first_output on, or to a given buffer.
  void bindOutputs(mlir::Value view, mlir::Value source);
  void bind(mlir::Value tensor, mlir::Value memref) { buffers[tensor] = memref; }
  /// What the caller passes or gets by this port, as the tensor that the port is.
  mlir::Value port(const step::Port &port);
  /// Weights by symbol name, in their own type, or as the bytes of a packed matrix.
  mlir::Value weight(mlir::StringRef name, llvm::ArrayRef<int64_t> shape, mlir::Type element);
  mlir::Value packedWeight(mlir::StringRef name);
  /// The bytes of all pages of all sequences.
  mlir::Value cache();
  /// Room in scratch, `offset` bytes behind all places, for operators that need some.
  mlir::Value workspace(llvm::ArrayRef<int64_t> shape, mlir::Type element, int64_t offset);

  /// Rows [row, row + rows) and columns [column, column + columns) of a matrix.
  mlir::Value slice(mlir::Value matrix, Share rows, Share columns);
  /// Numbers [range) of a vector.
  mlir::Value slice(mlir::Value vector, Share range);
  /// A whole matrix whose rows are `planes` rows one after the other, as all of them; one number a row is a vector.
  mlir::Value planeRows(mlir::Value matrix, int64_t planes, bool asVector = false);

  //===-- Kernels ---------------------------------------------------------===//
  /// Calls the dense kernel of that kind, parameters and operand types, declaring it at its first use.
  void callDense(mlir::StringRef kind, llvm::ArrayRef<mlir::NamedAttribute> parameters,
                 llvm::ArrayRef<mlir::Value> operands);
  /// Calls the function of these operand types and key, making its body at its first use.
  void callShared(mlir::StringRef name, mlir::NamedAttribute key, llvm::ArrayRef<mlir::Value> operands,
                  llvm::function_ref<void(mlir::ValueRange)> body);
  /// Calls the kernel function of a product, making it at its first use.
  void callGemm(ternary::MatmulOp matmul, ternary::LayoutAttr layout, Share rows, mlir::OpFoldResult tokenCount);

  mlir::SymbolTable &symbols;

private:
  mlir::Value stepBuffer(step::StepBuffer which, int64_t bytes);
  mlir::Value view(mlir::Value bytes, int64_t offset, llvm::ArrayRef<int64_t> shape, mlir::Type element);
  mlir::func::FuncOp declare(mlir::StringRef prefix, mlir::FunctionType type, mlir::NamedAttribute key);

  const WeightPlan &weights;
  const ArenaPlan &arenas;
  int64_t sharedBytes, scratchBytes;

protected:
  int64_t tokenBound; ///< most rows of the step

private:
  mlir::Value step;
  llvm::DenseMap<mlir::Value, mlir::Value> buffers;
  llvm::DenseMap<step::StepBuffer, mlir::Value> stepBuffers;
  llvm::StringMap<mlir::Value> portBuffers;
  llvm::DenseMap<step::StepValue, mlir::Value> stepValues;
  llvm::DenseSet<mlir::Value> outputsOnly;
  mlir::Block *entry = nullptr;

public:
  /// Marks a tensor as holding only the rows from first_output on.
  void markOutputs(mlir::Value tensor) { outputsOnly.insert(tensor); }
  bool holdsOutputs(mlir::Value tensor) const { return outputsOnly.contains(tensor); }
};

} // namespace tern
