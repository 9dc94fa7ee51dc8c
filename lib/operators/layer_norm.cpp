//===- layer_norm.cpp - Layer norm of rows, without weights --------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

#include <cmath>
#include <numeric>

namespace tern {
namespace {

Results compute(const Context &c) {
  double eps = c.number("eps");
  return byRow(c.input(0), [&](const Row &x) {
    double mean = std::accumulate(x.begin(), x.end(), 0.0) / double(x.size()), squares = 0;
    for (double value : x)
      squares += (value - mean) * (value - mean);
    double factor = 1 / std::sqrt(squares / double(x.size()) + eps);
    Row y(x.size());
    for (size_t i = 0; i < x.size(); ++i)
      y[i] = (x[i] - mean) * factor;
    return y;
  });
}

} // namespace

namespace reference {
ReferenceOperator layer_norm() { return {"decoder.layer_norm", 1, {{"eps", AttributeType::Number}}, compute}; }
} // namespace reference

} // namespace tern
