//===- rope.cpp - Rotary position embedding ------------------------------===//
#include "lib/operators/reference.h"

namespace tern {
namespace {

/// Table row p: cosines of all frequencies, then sines.
Results compute(const Context &c) {
  size_t headDim = size_t(c.number("head_dim")), half = headDim / 2;
  Matrix result = c.input(0);
  for (size_t t = 0; t < result.size(); ++t) {
    Result<Row> angles = c.weight("table", c.call.position + int64_t(t));
    if (!angles)
      return angles.error();
    if (half == 0 || angles->size() != headDim || result[t].size() % headDim != 0)
      return c.error("has rows that are no whole heads of its table");
    for (size_t first = 0; first < result[t].size(); first += headDim)
      for (size_t i = 0; i < half; ++i) {
        double cosine = (*angles)[i], sine = (*angles)[half + i];
        double a = c.input(0)[t][first + i], b = c.input(0)[t][first + half + i];
        result[t][first + i] = a * cosine - b * sine;
        result[t][first + half + i] = b * cosine + a * sine;
      }
  }
  return std::vector<Matrix>{std::move(result)};
}

} // namespace

namespace reference {
ReferenceOperator rope() {
  return {"decoder.rope", 1, {{"table", AttributeType::Text}, {"head_dim", AttributeType::Number}}, compute};
}
} // namespace reference

} // namespace tern
