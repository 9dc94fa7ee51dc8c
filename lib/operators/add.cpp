//===- add.cpp - Sums of two matrices ------------------------------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  return elementwise(c, c.input(0), c.input(1), [](double a, double b) { return a + b; });
}

} // namespace

namespace reference {
ReferenceOperator add() { return {"arith.addf", 2, {{"fastmath", AttributeType::NotRead}}, compute}; }
} // namespace reference

} // namespace tern
