//===- linear.cpp - Dense linear layer -------------------------------------===//
#include "compiler/dense/elementary.h"
#include "compiler/dense/reduction.h"
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct LinearLowering : LoweringOf<LinearLowering, decoder::LinearOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::LinearOp>(operation);
    Share mine = s.columnShare(s.columns(op.getResult())), count = s.rows(op.getResult()),
          columns = s.all(s.columns(op.getInput()));
    auto type = cast<RankedTensorType>(s.declaration<decoder::TensorOp>("weight").getType());
    Value weight = s.weight(s.symbol("weight"), type.getShape(), type.getElementType());
    s.callDense(type.getElementType().isBF16() ? "linear" : "linear_f32", {},
                {s.slice(s.buffer(op.getInput()), count, columns), s.slice(weight, mine, columns),
                 s.slice(s.buffer(op.getResult()), count, mine)});
    return success();
  }
};

/// Weights are read once: a few rows at a time, each number of x and w used for a whole tile of
/// rows and tokens.
Status build(PipelineBuilder &builder) {
  constexpr int tileRows = 4;
  Halide::ImageParam x = builder.input(0, "x"), w = builder.input(1, "w");
  int64_t depth = builder.extent(0, 1), tokens = builder.extent(2, 0), rows = builder.extent(2, 1);
  bool oneToken = tokens == 1;
  bool manyRegisters = builder.vectors.registers >= 32;
  int tileTokens = oneToken ? 1 : manyRegisters ? 4 : 2;
  Halide::Var r("r"), t("t"), ro("ro"), ri("ri"), to("to"), ti("ti");
  bool narrow = builder.kernel.operands[1].element == DenseElement::BF16;
  auto weight = [&](Halide::Expr d) { return narrow ? widenBfloat16(w(d, r)) : Halide::Expr(w(d, r)); };
  Reduction dot("dot", int(depth), 0.0f, sumOf, [&](Halide::Expr d) { return x(d, t) * weight(d); },
                builder.lanesFor(depth), oneToken && manyRegisters ? 2 : 1, {r, t});
  Halide::Func y("y");
  y(r, t) = dot.result(r, t);

  auto extent = [](int64_t size) { return size == DenseOperand::dynamic ? Halide::Expr() : Halide::Expr(int(size)); };
  builder.output(2, y, {extent(rows), extent(tokens)});
  builder.pipeline.largeBuffers = true; // an output head can pass 2^31 weights
  Halide::Expr manyRows = y.output_buffer().dim(0).extent() >= tileRows,
               manyTokens = y.output_buffer().dim(1).extent() >= tileTokens;
  auto tile = [&](Halide::Stage stage, int rowCount, int tokenCount) {
    stage.split(r, ro, ri, rowCount, Halide::TailStrategy::ShiftInwards)
        .split(t, to, ti, tokenCount, Halide::TailStrategy::ShiftInwards)
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

} // namespace

namespace operators {

void linear(OperatorSet &set) {
  constexpr auto f32 = DenseElement::F32;
  set.lower<decoder::LinearOp, LinearLowering>();
  for (auto [name, element] : {std::pair("linear", DenseElement::BF16), std::pair("linear_f32", f32)})
    set.kinds.push_back({name, {{"x", f32, {"T", "d"}}, {"w", element, {"R", "d"}}, {"y", f32, {"T", "R"}}}, build});
}

} // namespace operators
} // namespace tern
