//===- linear.cpp - Dense linear layer -----------------------------------===//
#include "lib/operators/reference.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  Matrix result(c.input(0).size(), Row(c.columns(0)));
  for (size_t r = 0; r < c.columns(0); ++r) {
    Result<Row> weight = c.weight("weight", int64_t(r));
    if (!weight)
      return weight.error();
    for (size_t t = 0; t < result.size(); ++t) {
      if (c.input(0)[t].size() != weight->size())
        return c.error("has rows of another length than its weight");
      for (size_t i = 0; i < weight->size(); ++i)
        result[t][r] += c.input(0)[t][i] * (*weight)[i];
    }
  }
  return std::vector<Matrix>{std::move(result)};
}

} // namespace

namespace reference {
ReferenceOperator linear() { return {"decoder.linear", 1, {{"weight", AttributeType::Text}}, compute}; }
} // namespace reference

} // namespace tern
