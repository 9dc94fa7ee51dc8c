//===- linear.cpp - Dense linear layer -------------------------------------===//
#include "compiler/dense/elementary.h"
#include "compiler/dense/kinds.h"
#include "compiler/dense/reduction.h"

using namespace Halide;

namespace tern {

/// Weights are read once: a few rows at a time, each number of x and w used for a whole tile of
/// rows and tokens.
Status buildLinear(PipelineBuilder &builder) {
  constexpr int tileRows = 4;
  ImageParam x = builder.input(0, "x"), w = builder.input(1, "w");
  int64_t depth = builder.extent(0, 1), tokens = builder.extent(2, 0), rows = builder.extent(2, 1);
  bool oneToken = tokens == 1;
  bool manyRegisters = builder.vectors.registers >= 32;
  int tileTokens = oneToken ? 1 : manyRegisters ? 4 : 2;
  Var r("r"), t("t"), ro("ro"), ri("ri"), to("to"), ti("ti");
  bool narrow = builder.kernel.operands[1].element == DenseElement::BF16;
  auto weight = [&](Expr d) { return narrow ? widenBfloat16(w(d, r)) : Expr(w(d, r)); };
  Reduction dot("dot", int(depth), 0.0f, sumOf, [&](Expr d) { return x(d, t) * weight(d); }, builder.lanesFor(depth),
                oneToken && manyRegisters ? 2 : 1, {r, t});
  Func y("y");
  y(r, t) = dot.result(r, t);

  auto extent = [](int64_t size) { return size == DenseOperand::dynamic ? Expr() : Expr(int(size)); };
  builder.output(2, y, {extent(rows), extent(tokens)});
  builder.pipeline.largeBuffers = true; // an output head can pass 2^31 weights
  Expr manyRows = y.output_buffer().dim(0).extent() >= tileRows,
       manyTokens = y.output_buffer().dim(1).extent() >= tileTokens;
  auto tile = [&](Stage stage, int rowCount, int tokenCount) {
    stage.split(r, ro, ri, rowCount, TailStrategy::ShiftInwards)
        .split(t, to, ti, tokenCount, TailStrategy::ShiftInwards)
        .reorder(ri, ti, to, ro)
        .unroll(ri)
        .unroll(ti);
  };
  if (tileTokens > 1)
    tile(y.specialize(manyRows && manyTokens), tileRows, tileTokens);
  tile(y.specialize(manyRows), tileRows, 1);
  tile(y, 1, 1);
  dot.computeAt({y, to});
  return {};
}

} // namespace tern
