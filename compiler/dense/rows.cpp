//===- rows.cpp - Norms and codes of rows ----------------------------------===//
#include "compiler/dense/rows.h"

#include "compiler/dense/elementary.h"
#include "compiler/dense/reduction.h"
#include "compiler/dense/torch_sum.h"
#include "lib/trit/activation_codes.h"

using namespace Halide;

namespace tern {
namespace {

/// Partial results in flight, so that a reduction is not bound by the latency of one addition.
constexpr int chains = 4;

Func scalar(const char *name, Expr value) {
  Func func(name);
  func() = value;
  func.compute_root();
  return func;
}

Func reduceRow(const char *name, int64_t extent, int lanes, Expr identity, const Reduction::Combine &combine,
               const Row &term) {
  Reduction reduction(name, int(extent), std::move(identity), combine, term, lanes, chains);
  reduction.computeAt(LoopLevel::root());
  return reduction.result;
}

/// The rule that the parameters say (#ternary.codes).
ActivationCodes codesOf(PipelineBuilder &builder) {
  auto statistic =
      builder.text("statistic") == "absmean" ? ActivationCodes::Statistic::AbsMean : ActivationCodes::Statistic::AbsMax;
  return {int(builder.integer("bits")), statistic, builder.number("range"), builder.number("floor"),
          builder.integer("roundings") == 2};
}

} // namespace

Row normalised(PipelineBuilder &builder, const ImageParam &x, const ImageParam &w) {
  int64_t extent = builder.extent(0, 1);
  float eps = builder.number("eps");
  Func squares = torchSum(int(extent), [&](Expr d) { return x(d) * x(d); });
  Func factor = scalar("factor", 1.0f / sqrt(squares() / float(extent) + eps));
  return [=](Expr d) { return (x(d) * factor()) * w(d); };
}

Row standardised(PipelineBuilder &builder, const ImageParam &x) {
  int64_t extent = builder.extent(0, 1);
  float eps = builder.number("eps");
  Func mean = scalar("mean", torchSum(int(extent), [&](Expr d) { return x(d); })() / float(extent));
  Func squares = torchSum(int(extent), [&](Expr d) { return (x(d) - mean()) * (x(d) - mean()); });
  Func factor = scalar("factor", 1.0f / sqrt(squares() / float(extent) + eps));
  return [=](Expr d) { return (x(d) - mean()) * factor(); };
}

std::vector<OperandRule> withCodes(std::vector<OperandRule> inputs) {
  inputs.push_back({"codes", DenseElement::I8, {"T", "padded"}});
  inputs.push_back({"scale", DenseElement::F32, {"T"}});
  inputs.push_back({"sum", DenseElement::I32, {"T"}});
  return inputs;
}

Status quantizeRow(PipelineBuilder &builder, int64_t extent, unsigned codesOperand, const Row &row) {
  if (builder.extent(codesOperand, 1) < extent)
    return denseError(builder.kernel, "codes are narrower than x");
  int lanes = builder.lanesFor(extent);
  int padded = int(builder.extent(codesOperand, 1));
  ActivationCodes rule = codesOf(builder);
  Expr statistic;
  if (rule.statistic == ActivationCodes::Statistic::AbsMean)
    statistic = torchSum(int(extent), [&](Expr d) { return abs(row(d)); })() / float(extent);
  else
    statistic = reduceRow("largest", extent, lanes, 0.0f, maxOf, [&](Expr d) { return abs(row(d)); })();
  // strict_float keeps the two roundings from being simplified.
  Expr divisor = max(statistic, rule.floor);
  Func scale = scalar("scale", rule.roundedTwice ? strict_float(strict_float(1.0f / divisor) * rule.range)
                                                 : strict_float(rule.range / divisor));
  auto code = [&](Expr d) {
    return cast<int8_t>(roundToNearestEven(clamp(row(d) * scale(), rule.least(), rule.most())));
  };

  // Every column is written once: whole vectors, what is left over, the padding.
  Var d("d");
  Func codes("codes");
  int whole = int(extent) / lanes * lanes;
  codes(d) = undef<int8_t>();
  RDom vectors(0, whole, "vectors");
  codes(vectors) = code(vectors);
  codes.update(0).vectorize(vectors.x, lanes);
  int updates = 1;
  if (whole < extent) {
    RDom tail(whole, int(extent) - whole, "tail");
    codes(tail) = code(tail);
    codes.update(updates++).unscheduled();
  }
  if (extent < padded) {
    RDom padding(int(extent), padded - int(extent), "padding");
    codes(padding) = cast<int8_t>(0);
    codes.update(updates).unscheduled();
  }
  codes.compute_root();

  Func total = reduceRow("total", extent, lanes, 0, sumOf, [&](Expr c) { return cast<int32_t>(codes(c)); });
  Func scaleOut("scale_out"), sum("sum");
  scaleOut() = scale();
  sum() = total();
  builder.output(codesOperand, codes, {padded}, {.row = true});
  builder.output(codesOperand + 1, scaleOut, {}, {.row = true});
  builder.output(codesOperand + 2, sum, {}, {.row = true});
  builder.pipeline.contract = false;
  return {};
}

} // namespace tern
