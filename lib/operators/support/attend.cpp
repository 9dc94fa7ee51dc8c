//===- attend.cpp - Attention of one query head, for references ---------------===//
#include "lib/operators/support/attend.h"

#include "lib/object/cache_codes.h"

#include <algorithm>
#include <cmath>

namespace tern {
namespace {

double largestMagnitude(std::span<const double> numbers) {
  double largest = 0;
  for (double x : numbers)
    largest = std::max(largest, std::fabs(x));
  return largest;
}

/// Rounds to multiples of the largest magnitude over `range`.
void asMultiples(std::span<double> numbers, double range) {
  double step = std::max(largestMagnitude(numbers) / range, 1e-30);
  for (double &x : numbers)
    x = std::nearbyint(x / step) * step;
}

} // namespace

std::vector<std::pair<const char *, AttributeType>> attentionAttributes() {
  return {{"scale", AttributeType::Number},
          {"head_dim", AttributeType::Number},
          {"page", AttributeType::Number},
          {"query_range", AttributeType::Number}};
}

Result<AttentionFacts> attentionFacts(const Context &c) {
  AttentionFacts facts{c.number("scale"), c.number("query_range"), size_t(c.number("head_dim")),
                       size_t(c.number("page"))};
  size_t positions = size_t(c.call.position) + c.input(0).size();
  if (facts.headDim > 0 && facts.page > 0 && c.input(1).size() >= positions && c.input(2).size() >= positions &&
      c.columns(0) % facts.headDim == 0 && c.input(1)[0].size() % facts.headDim == 0 &&
      c.input(0)[0].size() % c.input(1)[0].size() == 0)
    return facts;
  return c.error("its query, keys and values do not fit together");
}

Attended attend(const Context &c, const AttentionFacts &facts, const Row &floats, size_t head, size_t from, size_t to,
                Row &out) {
  const Matrix &keys = c.input(1), &values = c.input(2);
  size_t headDim = facts.headDim, at = head * headDim;
  double range = facts.queryRange;
  Row query = floats;
  if (range > 0)
    asMultiples(std::span(query).subspan(at, headDim), range);
  size_t group = query.size() / keys[0].size(), shared = head / group * headDim;
  Row weights(to - from);
  for (size_t p = from; p < to; ++p) {
    double &score = weights[p - from];
    for (size_t i = 0; i < headDim; ++i)
      score += query[at + i] * keys[p][shared + i];
    score *= facts.scale;
  }
  double largest = *std::ranges::max_element(weights), total = 0;
  for (double &weight : weights)
    total += weight = std::exp(weight - largest);
  if (range > 0) {
    Row scales; // a head's largest code is 127
    for (size_t p = from; p < to; ++p)
      scales.push_back(largestMagnitude(std::span(values[p]).subspan(shared, headDim)) / 127);
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] *= scales[i];
    asMultiples(weights, kWeightRange);
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = scales[i] > 0 ? weights[i] / scales[i] : 0;
  }
  for (size_t p = from; p < to; ++p)
    for (size_t i = 0; i < headDim; ++i)
      out[at + i] += weights[p - from] / total * values[p][shared + i];
  return {largest, total};
}

} // namespace tern
