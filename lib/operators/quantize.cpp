//===- quantize.cpp - Activation codes of rows ---------------------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

namespace tern {
namespace {

Results compute(const Context &c) { return quantizedRows(c.input(0), c.columns(0)); }

} // namespace

namespace reference {
ReferenceOperator quantize() { return {"ternary.quantize", 1, {}, compute}; }
} // namespace reference

} // namespace tern
