//===- quantize.cpp - Activation codes of rows ---------------------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

namespace tern {
namespace {

Results compute(const Context &c) { return quantizedRows(c, c.input(0)); }

} // namespace

namespace reference {
ReferenceOperator quantize() { return {"ternary.quantize", 1, {{"quantizer", AttributeType::Fields}}, compute}; }
} // namespace reference

} // namespace tern
