//===- compiled_pipeline.h - A Halide pipeline as bitcode -----------------===//
//
// What passes between the half that knows Halide (and its own LLVM) and the half that knows LLVM
// 22: neither header sees the other.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/dense/dense_kernel.h"

#include <string>
#include <vector>

namespace tern {

/// How a pipeline sees a buffer operand. Halide's dimensions run from the innermost one outwards.
struct OperandView {
  bool row = false;            // one row (index of the outermost dimension) at a time: this dimension is not seen
  std::vector<int> split = {}; // the innermost extent as these factors, then what remains: {a, b}
                               // sees E as a, b, E/(a*b)
};

/// One argument of the compiled function.
struct PipelineArgument {
  unsigned operand;
  OperandView view;
};

/// A pipeline as LLVM bitcode of one function, `symbol`: int32 (halide_buffer_t * or int32
/// arguments).
struct CompiledPipeline {
  static constexpr const char *symbol = "tern_dense_pipeline";

  std::string bitcode;
  std::vector<PipelineArgument> arguments;
  bool contract = false; // fused multiply-add is allowed
};

/// The name of Halide's target for this one: architecture and the features that decide vector
/// widths. Part of a pipeline's key.
Result<std::string> halideTargetName(const DenseKernel &kernel, const TargetInfo &target);

/// Builds, schedules and compiles the pipeline of a kernel, of one of `kinds`, for a target named by halideTargetName,
/// with its vectors.
Result<CompiledPipeline> compilePipeline(const DenseKernel &kernel, const std::vector<DenseKind> &kinds,
                                         const std::string &halideTarget, const VectorUnit &vectors);

} // namespace tern
