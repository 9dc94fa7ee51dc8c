//===- rows.cpp - Rows of matrices, for references ----------------------------===//
#include "lib/operators/support/rows.h"

#include "lib/trit/reference.h"

#include <cmath>
#include <numeric>

namespace tern {

static Row normalized(const Row &x, const Row &weight, double eps) {
  double squares = 0;
  for (double value : x)
    squares += value * value;
  double factor = 1 / std::sqrt(squares / double(x.size()) + eps);
  Row y(x.size());
  for (size_t i = 0; i < x.size(); ++i)
    y[i] = x[i] * factor * weight[i];
  return y;
}

Results normalizedRows(const Context &c) {
  Result<Row> weight = c.weight("weight");
  if (!weight)
    return weight.error();
  double eps = c.number("eps");
  for (const Row &x : c.input(0))
    if (x.size() != weight->size())
      return c.error("has rows of another length than its weight");
  return byRow(c.input(0), [&](const Row &x) { return normalized(x, *weight, eps); });
}

/// What the attribute quantizer says (#ternary.codes).
static Result<ActivationCodes> codesOf(const Context &c) {
  JsonFields fields(c.fields("quantizer"), c.call.op.stage + ": quantizer");
  std::string statistic = fields.string("statistic");
  ActivationCodes rule;
  rule.bits = int(fields.integer("bits", 2, 16));
  rule.range = float(fields.number("range", 0, HUGE_VAL));
  rule.floor = float(fields.number("floor", 0, HUGE_VAL));
  rule.roundedTwice = fields.integer("roundings", 1, 2) == 2;
  if (statistic == "absmean")
    rule.statistic = ActivationCodes::Statistic::AbsMean;
  else if (statistic != "absmax")
    fields.fail("there is no statistic " + statistic);
  if (Status status = fields.status(); !status)
    return status.error();
  return rule;
}

Row sumsOfCodes(const Row &codes, int planes, size_t columns, size_t count) {
  Row sums(count);
  size_t groups = count / size_t(planes), group = columns / groups, padded = codes.size() / size_t(planes);
  for (size_t i = 0; i < count; ++i) {
    auto begin = codes.begin() + ptrdiff_t(i / groups * padded + i % groups * group);
    sums[i] = std::accumulate(begin, begin + ptrdiff_t(group), 0.0);
  }
  return sums;
}

Results quantizedRows(const Context &c, const Matrix &x) {
  Result<ActivationCodes> rule = codesOf(c);
  if (!rule)
    return rule.error();
  Matrix allCodes, scales, sums;
  for (const Row &row : x) {
    std::vector<float> floats(row.begin(), row.end());
    std::vector<int32_t> codes(floats.size());
    scales.push_back({referenceCodes(floats, codes, *rule)});
    Row padded(c.columns(0));
    if (padded.size() < size_t(rule->planes()) * codes.size())
      return c.error("has no room for its codes");
    for (size_t i = 0; i < codes.size(); ++i)
      if (rule->planes() == 1) {
        padded[i] = codes[i];
      } else {
        padded[i] = ActivationCodes::highByte(codes[i]);
        padded[padded.size() / 2 + i] = ActivationCodes::lowByte(codes[i]);
      }
    sums.push_back(sumsOfCodes(padded, rule->planes(), codes.size(), c.columns(2)));
    allCodes.push_back(std::move(padded));
  }
  return std::vector<Matrix>{std::move(allCodes), std::move(scales), std::move(sums)};
}

} // namespace tern
