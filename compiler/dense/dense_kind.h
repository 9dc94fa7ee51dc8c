//===- dense_kind.h - A kind of dense kernels -----------------------------===//
//
// The kinds stand beside the operators that call them (compiler/operators).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/dense/pipeline.h"

#include <vector>

namespace tern {

/// What an operand of a kind must be.
struct OperandRule {
  const char *name;
  DenseElement element;
  /// Name of each dimension, outermost first. Lower case is static; upper case may be dynamic.
  /// Dimensions of one kind with the same name and static sizes have equal sizes.
  std::vector<const char *> dimensions;
};

/// One kind: its operands and how its pipeline is built. `build` runs on kernels that fit the
/// rules.
struct DenseKind {
  std::string name;
  std::vector<OperandRule> operands;
  Status (*build)(PipelineBuilder &builder);
};

/// The kind of the kernel, or an error that lists the kinds.
Result<const DenseKind *> findDenseKind(const DenseKernel &kernel, const std::vector<DenseKind> &kinds);

/// Ok, or how the kernel's operands break the rules of its kind.
Status checkOperands(const DenseKind &kind, const DenseKernel &kernel);

/// An error about one kernel, "dense kernel @gate_0 (gate): WHAT".
Error denseError(const DenseKernel &kernel, const std::string &what);

} // namespace tern
