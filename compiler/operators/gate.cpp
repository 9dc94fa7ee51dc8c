//===- gate.cpp - Gated activation ----------------------------------------===//
#include "compiler/dense/elementary.h"
#include "compiler/operators/operator_set.h"

using namespace mlir;

namespace tern {
namespace {

struct GateLowering : LoweringOf<GateLowering, decoder::GateOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::GateOp>(operation);
    Share mine = s.columnShare(s.columns(op.getResult()));
    auto activation = s.attribute<decoder::ActivationAttr>("activation");
    StringRef name = decoder::stringifyActivation(activation.getValue());
    s.callDense("gate", {s.b.getNamedAttr("activation", s.b.getStringAttr(name))},
                {s.inColumns(op.getGate(), mine), s.inColumns(op.getUp(), mine), s.inColumns(op.getResult(), mine)});
    return success();
  }
};

Status build(PipelineBuilder &builder) {
  std::string activation = builder.text("activation");
  if (activation != "relu2" && activation != "silu")
    return denseError(builder.kernel, "activation is '" + activation + "', expected relu2 or silu");
  Halide::ImageParam gate = builder.input(0, "gate", {.row = true}), up = builder.input(1, "up", {.row = true});
  Halide::Var f("f");
  Halide::Func y("y");
  Halide::Expr g = gate(f);
  Halide::Expr positive = Halide::max(g, 0.0f);
  y(f) = (activation == "relu2" ? positive * positive : g / (1.0f + exponentialRounded(-g))) * up(f);

  int64_t extent = builder.extent(2, 1);
  int lanes = builder.vectors.lanes;
  builder.output(2, y, {extent == DenseOperand::dynamic ? Halide::Expr() : Halide::Expr(int(extent))}, {.row = true});
  if (extent == DenseOperand::dynamic)
    y.specialize(y.output_buffer().dim(0).extent() >= lanes).vectorize(f, lanes, Halide::TailStrategy::ShiftInwards);
  else
    y.vectorize(f, builder.lanesFor(extent), Halide::TailStrategy::ShiftInwards);
  builder.pipeline.contract = false; // every operation rounds on its own, as in transformers
  return {};
}

} // namespace

namespace operators {

void gate(OperatorSet &set) {
  constexpr auto f32 = DenseElement::F32;
  set.lower<decoder::GateOp, GateLowering>();
  set.kinds.push_back({"gate", {{"gate", f32, {"T", "F"}}, {"up", f32, {"T", "F"}}, {"y", f32, {"T", "F"}}}, build});
}

} // namespace operators
} // namespace tern
