//===- describe_operators.h - A step graph as data for verification --------===//
#pragma once

#include "compiler/steps/plan/arena.h"

#include "mlir/IR/SymbolTable.h"

#include <string>

namespace tern {

/// Describes the operators of one step graph (step::kOperatorAttr), to be asked in their order: results are numbered
/// as they come.
class OperatorDescriber {
public:
  OperatorDescriber(const ArenaPlan &arenas, mlir::SymbolTable &symbols) : arenas(arenas), symbols(symbols) {}

  /// Null for a view, whose result is its operand's tensor, and for what is no operator.
  mlir::DictionaryAttr describe(mlir::Operation *op);

private:
  mlir::DictionaryAttr describeTensor(mlir::Value tensor, int64_t id);
  mlir::DictionaryAttr attributesOf(mlir::Operation *op);

  const ArenaPlan &arenas;
  mlir::SymbolTable &symbols;
  llvm::DenseMap<mlir::Value, int64_t> ids;
};

/// The operators of a step function as JSON text: `operators` holds one dictionary a stage, empty where that is none.
std::string operatorsAsJson(mlir::ArrayAttr operators);

} // namespace tern
