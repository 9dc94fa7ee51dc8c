//===- compute.cpp - An operator by its reference ------------------------------===//
#include "lib/operators/support/registry.h"

#include <algorithm>

namespace tern {
namespace {

const ReferenceOperator *find(std::string_view name) {
  static const std::vector<ReferenceOperator> all = allReferences();
  auto at = std::ranges::find(all, name, &ReferenceOperator::name);
  return at == all.end() ? nullptr : &*at;
}

bool hasType(const Json &value, AttributeType type) {
  switch (type) {
  case AttributeType::Number:
    return value.is_number();
  case AttributeType::Text:
    return value.is_string();
  case AttributeType::Flag:
    return value.is_boolean();
  case AttributeType::Fields:
    return value.is_object();
  case AttributeType::NotRead:
    return true;
  }
  return false;
}

/// Ok when the call has the reference's attributes and no other.
Status checkAttributes(const Operator &op, const ReferenceOperator &reference) {
  for (const auto &[name, type] : reference.attributes) {
    auto at = op.attributes.find(name);
    if (type != AttributeType::NotRead && (at == op.attributes.end() || !hasType(*at, type)))
      return Error{op.stage + ": lacks the attribute '" + name + "', or it has another type"};
  }
  for (const auto &[name, value] : op.attributes.items())
    if (std::ranges::none_of(reference.attributes, [&](const auto &known) { return known.first == name; }))
      return Error{op.stage + ": has an attribute '" + name + "' that the reference of " + op.op + " does not know"};
  return {};
}

} // namespace

bool hasReference(const Operator &op) { return find(op.op) != nullptr; }

Result<std::vector<Matrix>> computeOperator(const OperatorCall &call, const ReferenceWeights &weights) {
  const Operator &op = call.op;
  const ReferenceOperator *reference = find(op.op);
  if (!reference)
    return Error{op.stage + ": the reference does not know the operator " + op.op};
  if (Status known = checkAttributes(op, *reference); !known)
    return known.error();
  if (call.inputs.size() != reference->inputs)
    return Error{op.stage + ": has " + std::to_string(call.inputs.size()) + " inputs where " + op.op + " takes " +
                 std::to_string(reference->inputs)};
  if (op.outputs.empty() || std::ranges::any_of(call.inputs, [](const Matrix *input) { return input->empty(); }))
    return Error{op.stage + ": has no results, or an empty input"};
  Context context(call, weights);
  Results results = reference->compute(context);
  if (results)
    for (const auto &[name, type] : reference->attributes)
      if (type != AttributeType::NotRead && !context.wasRead(name))
        return Error{op.stage + ": the reference of " + op.op + " did not read the attribute '" + name + "'"};
  return results;
}

} // namespace tern
