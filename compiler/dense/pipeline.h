//===- pipeline.h - A Halide pipeline over the operands of a kernel -------===//
#pragma once

#include "compiler/dense/compiled_pipeline.h"
#include "compiler/dense/dense_kernel.h"

#include <Halide.h>

#include <set>

namespace tern {

/// How wide the target's float vectors are, and how many registers hold them.
struct VectorShape {
  int lanes = 4; // of float32; a power of two
  int registers = 16;
};

/// A scheduled pipeline.
struct DensePipeline {
  std::vector<Halide::Argument> inputs;
  std::vector<Halide::Func> outputs;
  std::vector<PipelineArgument> arguments; // of inputs, then of outputs
  /// Whether a multiplication and an addition may become one fused operation. Not where codes must
  /// be exact.
  bool contract = true;
  /// Whether a buffer may have 2^31 elements or more.
  bool largeBuffers = false;
};

/// Collects a pipeline's inputs and outputs while one of the kinds builds it.
class PipelineBuilder {
public:
  PipelineBuilder(const DenseKernel &kernel, const VectorShape &vectors) : kernel(kernel), vectors(vectors) {}

  /// The buffer operand as an input; static extents are promised.
  Halide::ImageParam input(unsigned operand, const char *name, OperandView view = {});
  /// The index operand, as int32.
  Halide::Expr index(unsigned operand, const char *name);
  /// Makes `func` fill the buffer operand. `extents` are those of its dimensions; a null Expr is
  /// the buffer's own.
  void output(unsigned operand, Halide::Func func, std::vector<Halide::Expr> extents, OperandView view = {});

  /// A static extent of an operand, or DenseOperand::dynamic.
  int64_t extent(unsigned operand, unsigned dimension) const { return kernel.operands[operand].shape[dimension]; }
  /// The most lanes, a power of two, that fit a vector and an extent of n >= 1.
  int lanesFor(int64_t n) const;

  /// A parameter of the kernel by its name. One that is missing, or of another type, is an error of parametersRead.
  float number(const char *name) { return parameter<float>(name); }
  int64_t integer(const char *name) { return parameter<int64_t>(name); }
  std::string text(const char *name) { return parameter<std::string>(name); }
  /// Ok when all parameters of the kernel were read, and no other.
  Status parametersRead() const;

  const DenseKernel &kernel;
  const VectorShape vectors;
  DensePipeline pipeline;

private:
  template <typename T> T parameter(const char *name);

  std::set<std::string> read;
  std::string missing; ///< the first
};

} // namespace tern
