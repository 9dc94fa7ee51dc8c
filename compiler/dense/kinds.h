//===- kinds.h - The kinds of dense kernels -------------------------------===//
//
// To add a kind: write a build function in a file of its own, name it here, and add a row to the
// table in kinds.cpp.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/dense/pipeline.h"

#include <span>

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
  const char *name;
  std::vector<OperandRule> operands;
  Status (*build)(PipelineBuilder &builder);
};

/// The kind by name, or an error that lists the kinds.
Result<const DenseKind *> findDenseKind(const DenseKernel &kernel);

/// Ok, or how the kernel's operands break the rules of its kind.
Status checkOperands(const DenseKind &kind, const DenseKernel &kernel);

/// An error about one kernel, "dense kernel @gate_0 (gate): WHAT".
Error denseError(const DenseKernel &kernel, const std::string &what);

Status buildRmsNorm(PipelineBuilder &builder);
Status buildRmsNormQuantize(PipelineBuilder &builder);
Status buildQuantize(PipelineBuilder &builder);
Status buildRope(PipelineBuilder &builder);
Status buildAttention(PipelineBuilder &builder);
Status buildAttentionCodes(PipelineBuilder &builder);
Status buildAttentionCombine(PipelineBuilder &builder);
Status buildCacheStore(PipelineBuilder &builder);
Status buildGate(PipelineBuilder &builder);
Status buildLinear(PipelineBuilder &builder);

} // namespace tern
