//===- gate.cpp - Gated activation ----------------------------------------===//
#include "compiler/dense/elementary.h"
#include "compiler/dense/kinds.h"

using namespace Halide;

namespace tern {

Status buildGate(PipelineBuilder &builder) {
  std::string activation = builder.kernel.activation.value_or("");
  if (activation != "relu2" && activation != "silu")
    return denseError(builder.kernel, "activation is '" + activation + "', expected relu2 or silu");
  ImageParam gate = builder.input(0, "gate", {.row = true}), up = builder.input(1, "up", {.row = true});
  Var f("f");
  Func y("y");
  Expr g = gate(f);
  Expr positive = max(g, 0.0f);
  y(f) = (activation == "relu2" ? positive * positive : g / (1.0f + exponentialRounded(-g))) * up(f);

  int64_t extent = builder.extent(2, 1);
  int lanes = builder.vectors.lanes;
  builder.output(2, y, {extent == DenseOperand::dynamic ? Expr() : Expr(int(extent))}, {.row = true});
  if (extent == DenseOperand::dynamic)
    y.specialize(y.output_buffer().dim(0).extent() >= lanes).vectorize(f, lanes, TailStrategy::ShiftInwards);
  else
    y.vectorize(f, builder.lanesFor(extent), TailStrategy::ShiftInwards);
  builder.pipeline.contract = false; // every operation rounds on its own, as in transformers
  return {};
}

} // namespace tern
