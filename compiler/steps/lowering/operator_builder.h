//===- operator_builder.h - What an operator is lowered with ---------------===//
#pragma once

#include "compiler/steps/lowering/step_builder.h"

#include "llvm/ADT/StringSet.h"

namespace tern {
class OperatorBuilder;
}

#include "compiler/steps/lowering/StepLowering.h.inc"

namespace tern {

/// A step function under construction, and the operator at hand: its attributes, and the thread's share of its tensors.
class OperatorBuilder : public StepBuilder {
public:
  OperatorBuilder(mlir::OpBuilder &builder, mlir::SymbolTable &symbols, const WeightPlan &weights,
                  const ArenaPlan &arenas, int64_t sharedBytes, int64_t scratchBytes, int64_t tokenBound,
                  int64_t maxContext)
      : StepBuilder(builder, symbols, weights, arenas, sharedBytes, scratchBytes, tokenBound), maxContext(maxContext) {}

  /// Lowers an operator by its StepLowering; where an operand is one row inside it (step.inline), row by row, what
  /// makes the operand before it. Fails with a diagnostic when it has no lowering, or has an attribute that this did
  /// not read.
  mlir::LogicalResult lower(mlir::Operation *op);

  //===-- Attributes ------------------------------------------------------===//
  /// The operator's own attribute of this name; null where it is optional and absent.
  template <typename Attribute> Attribute attribute(llvm::StringRef name) {
    return mlir::dyn_cast_or_null<Attribute>(read(name));
  }
  /// The symbol that an attribute names.
  llvm::StringRef symbol(llvm::StringRef name) { return attribute<mlir::FlatSymbolRefAttr>(name).getValue(); }
  /// The declaration that an attribute names.
  template <typename Declaration> Declaration declaration(llvm::StringRef name) {
    return symbols.lookup<Declaration>(symbol(name));
  }

  //===-- Shares ----------------------------------------------------------===//
  Share all(int64_t extent) { return {b.getIndexAttr(0), b.getIndexAttr(extent)}; }
  /// Columns of a matrix.
  static int64_t columns(mlir::Value matrix);
  /// The rows to compute: the tokens that the tensor holds in this step, or the one at hand.
  Share rows(mlir::Value tensor);
  /// This thread's columns of `extent`, and its tokens of those that the tensor holds (all when replicated).
  Share columnShare(int64_t extent);
  Share tokenShare(mlir::Value tensor);
  /// The rows to compute of a matrix, in these columns; these rows of a matrix, whole.
  mlir::Value inColumns(mlir::Value tensor, Share columns) { return slice(buffer(tensor), rows(tensor), columns); }
  mlir::Value wholeRows(mlir::Value tensor, Share rows) { return slice(buffer(tensor), rows, all(columns(tensor))); }

  //===-- Runs ------------------------------------------------------------===//
  /// Rows [first, first + rows) of the step stand at position, position + 1, ... of one sequence, whose pages of the
  /// cache have these numbers.
  struct Run {
    mlir::OpFoldResult first, rows;
    mlir::Value position, pages;
  };
  /// Makes the body for each run of the step; once, for one row, in a step of one row.
  void forEachRun(llvm::function_ref<void(const Run &)> body);
  /// The only run of a step of one row.
  Run onlyRun();
  /// Fails with a diagnostic where the tensor holds only some of the step's rows: then no position is known of them.
  mlir::LogicalResult requireAllRows(mlir::Operation *op, mlir::Value tensor);

  //===-- Loops -----------------------------------------------------------===//
  void forEach(Share range, llvm::function_ref<void(mlir::Value)> body);
  /// Makes the operator's body for each row of `tensor`, with the row at hand; once where its user works by rows.
  void forEachRow(mlir::Value tensor, llvm::function_ref<void(mlir::Value row)> body);
  /// linalg.generic over matrices of one shape; `inputMaps` are those of the first inputs, by default the identity.
  void pointwise(mlir::ValueRange inputs, mlir::Value output, llvm::ArrayRef<mlir::AffineMap> inputMaps,
                 llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)> body);

  /// Positions that the caches have room for.
  const int64_t maxContext;

private:
  Run run(mlir::Value index, mlir::OpFoldResult first);
  mlir::Attribute read(llvm::StringRef name);
  mlir::LogicalResult lowerAlone(mlir::Operation *op);

  mlir::Operation *operation = nullptr;
  llvm::StringSet<> attributesRead;
  mlir::Value row;         ///< at hand
  std::optional<Run> only; ///< made at the function's begin
};

/// External models of StepLowering inherit from this one.
template <typename Model, typename Op> using LoweringOf = StepLowering::ExternalModel<Model, Op>;

} // namespace tern
