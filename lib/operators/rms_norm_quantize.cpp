//===- rms_norm_quantize.cpp - RMS norm and codes of rows ----------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  Results norm = normalizedRows(c);
  if (!norm)
    return norm;
  return quantizedRows(c, (*norm)[0]);
}

} // namespace

namespace reference {
ReferenceOperator rms_norm_quantize() {
  return {"decoder.rms_norm_quantize",
          1,
          {{"weight", AttributeType::Text}, {"eps", AttributeType::Number}, {"quantizer", AttributeType::Fields}},
          compute};
}
} // namespace reference

} // namespace tern
