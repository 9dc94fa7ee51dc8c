//===- operator_set.h - What a file of this folder adds --------------------===//
#pragma once

#include "compiler/dense/dense_kind.h"
#include "compiler/steps/lowering/operator_builder.h"

#include <vector>

namespace tern {

struct OperatorSet {
  /// The operator Op is lowered to a step by Model, a LoweringOf<Model, Op>.
  template <typename Op, typename Model> void lower() {
    models.push_back([](mlir::MLIRContext &context) { Op::template attachInterface<Model>(context); });
  }

  std::vector<void (*)(mlir::MLIRContext &)> models;
  std::vector<DenseKind> kinds;
};

} // namespace tern
