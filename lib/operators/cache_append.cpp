//===- cache_append.cpp - Keys and values into the cache -----------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"
#include <algorithm>
#include <cmath>

namespace tern {
namespace {

/// The nearest float16, even where two are; at most 65504 in magnitude.
double asFloat16(double x) {
  double unit = std::ldexp(1, std::max(x == 0 ? 0 : std::ilogb(x), -14) - 10);
  return std::clamp(std::nearbyint(x / unit) * unit, -65504.0, 65504.0);
}

/// A head's codes times their scale, its largest magnitude over 127, all in float32.
void asCodes(std::span<double> head) {
  float largest = 0;
  for (double x : head)
    largest = std::max(largest, std::fabs(float(x)));
  float scale = largest * (1.0f / 127), inverse = 1.0f / std::max(scale, 1e-30f);
  for (double &x : head)
    x = double(std::clamp(std::nearbyint(float(x) * inverse), -127.0f, 127.0f) * scale);
}

Results compute(const Context &c) {
  const OperatorTensor &cache = c.call.op.outputs[0];
  if (cache.heads == 0)
    return c.error("has no heads");
  size_t headDim = size_t(cache.columns / cache.heads);
  return byRow(c.input(0), [&](const Row &x) {
    Row kept = x;
    if (cache.dtype == "f16")
      std::ranges::transform(kept, kept.begin(), asFloat16);
    else if (cache.dtype == "i8")
      for (size_t first = 0; first + headDim <= kept.size(); first += headDim)
        asCodes(std::span(kept).subspan(first, headDim));
    return kept;
  });
}

} // namespace

namespace reference {
ReferenceOperator cache_append() { return {"decoder.cache_append", 1, {{"cache", AttributeType::NotRead}}, compute}; }
} // namespace reference

} // namespace tern
