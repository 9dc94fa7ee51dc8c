//===- reference.h - What a file of this folder defines ----------------------===//
//
// Each file NAME.cpp of this folder is the reference of one operator. It defines
//
//   ReferenceOperator tern::reference::NAME()
//
// and the build finds it by its name (CMakeLists.txt). How the compiler lowers the operator is in compiler/operators.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/operators/operator.h"

#include <set>

namespace tern {

using Row = std::vector<double>;
using Results = Result<std::vector<Matrix>>;

/// An operator that is computed: its call, whose attributes were checked against the reference's list.
class Context {
public:
  Context(const OperatorCall &call, const ReferenceWeights &weights) : call(call), weights(weights) {}

  const Matrix &input(size_t index) const { return *call.inputs[index]; }
  /// Numbers in a row of a result, with padding.
  size_t columns(size_t output) const { return size_t(call.op.outputs[output].columns); }
  std::string text(const char *attribute) const { return read(attribute).get<std::string>(); }
  double number(const char *attribute) const { return read(attribute).get<double>(); }
  bool flag(const char *attribute) const { return read(attribute).get<bool>(); }
  const Json &fields(const char *attribute) const { return read(attribute); }
  /// A vector of weights, or row `row` of a matrix, that the attribute names; with `suffix` behind the name.
  Result<Row> weight(const char *attribute, int64_t row = 0, const char *suffix = "") const {
    return weights.row(text(attribute) + suffix, row);
  }
  Error error(const std::string &what) const { return Error{call.op.stage + ": " + what}; }
  bool wasRead(const std::string &attribute) const { return attributesRead.contains(attribute); }

  const OperatorCall &call;
  const ReferenceWeights &weights;

private:
  const Json &read(const char *attribute) const {
    attributesRead.insert(attribute);
    return call.op.attributes.at(attribute);
  }
  mutable std::set<std::string> attributesRead;
};

enum class AttributeType {
  Number,
  Text, ///< a name of weights, or a word
  Flag,
  Fields,  ///< an object
  NotRead, ///< says how the operator is computed, not what
};

struct ReferenceOperator {
  const char *name; ///< "decoder.rope"
  size_t inputs;    ///< tensors that it reads
  /// All of the operator's attributes: each must be there, and none besides.
  std::vector<std::pair<const char *, AttributeType>> attributes;
  Results (*compute)(const Context &);
};

} // namespace tern
