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

/// The sums of each of `groups` groups of the `extent` codes of each plane, which begin `half` apart.
Func sumsOfParts(Func codes, int planes, int groups, int extent, int half, int lanes) {
  Func sums("sums");
  Var part("part");
  int group = extent / groups;
  RDom r(0, group, 0, planes * groups, "group");
  sums(part) = 0;
  sums(r.y) += cast<int32_t>(codes(r.y / groups * half + r.y % groups * group + r.x));
  if (group % lanes == 0)
    sums.update().atomic().vectorize(r.x, lanes);
  else
    sums.update().unscheduled();
  return sums;
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

void addCodesKinds(std::vector<DenseKind> &kinds, const std::string &name, const std::vector<OperandRule> &inputs,
                   Status (*build)(PipelineBuilder &builder)) {
  for (bool parts : {false, true}) {
    std::vector<OperandRule> operands = inputs;
    operands.push_back({"codes", DenseElement::I8, {"T", "padded"}});
    operands.push_back({"scale", DenseElement::F32, {"T"}});
    operands.push_back(parts ? OperandRule{"sums", DenseElement::I32, {"T", "parts"}}
                             : OperandRule{"sum", DenseElement::I32, {"T"}});
    kinds.push_back({parts ? name + "_parts" : name, std::move(operands), build});
  }
}

Status quantizeRow(PipelineBuilder &builder, int64_t extent, unsigned codesOperand, const Row &row) {
  int lanes = builder.lanesFor(extent);
  ActivationCodes rule = codesOf(builder);
  int padded = int(builder.extent(codesOperand, 1)), planes = rule.planes(), half = padded / planes;
  if (half < extent)
    return denseError(builder.kernel, "codes are narrower than x");
  Expr statistic;
  if (rule.statistic == ActivationCodes::Statistic::AbsMean)
    statistic = torchSum(int(extent), [&](Expr d) { return abs(row(d)); })() / float(extent);
  else
    statistic = reduceRow("largest", extent, lanes, 0.0f, maxOf, [&](Expr d) { return abs(row(d)); })();
  // strict_float keeps the two roundings from being simplified.
  Expr divisor = max(statistic, rule.floor);
  Func scale = scalar("scale", rule.roundedTwice ? strict_float(strict_float(1.0f / divisor) * rule.range)
                                                 : strict_float(rule.range / divisor));
  /// Byte `plane` of the code; of one plane the code itself.
  auto code = [&](Expr d, int plane) -> Expr {
    Expr whole = roundToNearestEven(clamp(row(d) * scale(), rule.least(), rule.most()));
    if (planes == 1)
      return cast<int8_t>(whole);
    Expr wide = cast<int32_t>(whole), high = (wide + 128) >> 8;
    return cast<int8_t>(plane == 0 ? high : wide - (high << 8));
  };

  // Every column is written once: whole vectors, what is left over, the padding; of each plane.
  Var d("d");
  Func codes("codes");
  int whole = int(extent) / lanes * lanes, updates = 0;
  codes(d) = undef<int8_t>();
  for (int plane = 0; plane < planes; ++plane) {
    auto in = [&](Expr column) { return plane == 0 ? column : column + half; };
    RDom vectors(0, whole, "vectors");
    codes(in(vectors)) = code(vectors, plane);
    codes.update(updates++).vectorize(vectors.x, lanes);
    if (whole < extent) {
      RDom tail(whole, int(extent) - whole, "tail");
      codes(in(tail)) = code(tail, plane);
      codes.update(updates++).unscheduled();
    }
    if (extent < half) {
      RDom padding(int(extent), half - int(extent), "padding");
      codes(in(padding)) = cast<int8_t>(0);
      codes.update(updates++).unscheduled();
    }
  }
  codes.compute_root();

  Func scaleOut("scale_out");
  scaleOut() = scale();
  builder.output(codesOperand, codes, {padded}, {.row = true});
  builder.output(codesOperand + 1, scaleOut, {}, {.row = true});
  if (builder.kernel.operands[codesOperand + 2].shape.size() == 2) {
    int parts = int(builder.extent(codesOperand + 2, 1));
    builder.output(codesOperand + 2, sumsOfParts(codes, planes, parts / planes, int(extent), half, lanes), {parts},
                   {.row = true});
  } else {
    Func sum("sum");
    Func total = reduceRow("total", extent, lanes, 0, sumOf, [&](Expr c) { return cast<int32_t>(codes(c)); });
    sum() = total();
    builder.output(codesOperand + 2, sum, {}, {.row = true});
  }
  builder.pipeline.contract = false;
  return {};
}

} // namespace tern
