//===- gate.cpp - Gated activation ---------------------------------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"
#include <algorithm>
#include <cmath>

namespace tern {
namespace {

double relu2(double x) { return std::pow(std::max(x, 0.0), 2); }
double silu(double x) { return x / (1 + std::exp(-x)); }

Results compute(const Context &c) {
  std::string name = c.text("activation");
  double (*activation)(double) = name == "relu2" ? relu2 : name == "silu" ? silu : nullptr;
  if (!activation)
    return c.error("does not know the activation " + name);
  return elementwise(c, c.input(0), c.input(1), [&](double gate, double up) { return activation(gate) * up; });
}

} // namespace

namespace reference {
ReferenceOperator gate() { return {"decoder.gate", 2, {{"activation", AttributeType::Text}}, compute}; }
} // namespace reference

} // namespace tern
