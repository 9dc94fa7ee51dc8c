//===- hadamard.cpp - Orthonormal Hadamard transform of runs --------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

#include <cmath>

namespace tern {
namespace {

Results compute(const Context &c) {
  auto block = size_t(c.number("block"));
  for (const Row &x : c.input(0))
    if (x.size() % block != 0)
      return c.error("has rows that are no whole number of runs");
  return byRow(c.input(0), [&](Row x) {
    for (size_t stride = 1; stride < block; stride *= 2)
      for (size_t i = 0; i < x.size(); ++i)
        if ((i / stride) % 2 == 0) {
          double a = x[i], b = x[i + stride];
          x[i] = a + b;
          x[i + stride] = a - b;
        }
    for (double &value : x)
      value /= std::sqrt(double(block));
    return x;
  });
}

} // namespace

namespace reference {
ReferenceOperator hadamard() { return {"decoder.hadamard", 1, {{"block", AttributeType::Number}}, compute}; }
} // namespace reference

} // namespace tern
