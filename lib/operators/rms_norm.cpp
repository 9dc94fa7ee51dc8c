//===- rms_norm.cpp - RMS norm of rows -----------------------------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

namespace tern {
namespace reference {
ReferenceOperator rms_norm() {
  return {"decoder.rms_norm", 1, {{"weight", AttributeType::Text}, {"eps", AttributeType::Number}}, normalizedRows};
}
} // namespace reference

} // namespace tern
