//===- linear_rows.cpp - Listed rows of a dense linear layer -------------===//
#include "lib/operators/reference.h"

namespace tern {
namespace {

Results compute(const Context &c) {
  Matrix products;
  for (const Row &listed : c.input(1)) {
    Result<Row> weight = c.weight("weight", int64_t(listed[0]));
    if (!weight)
      return weight.error();
    if (c.input(0)[0].size() != weight->size())
      return c.error("has rows of another length than its weight");
    double product = 0;
    for (size_t i = 0; i < weight->size(); ++i)
      product += c.input(0)[0][i] * (*weight)[i];
    products.push_back({product});
  }
  return std::vector<Matrix>{std::move(products)};
}

} // namespace

namespace reference {
ReferenceOperator linear_rows() { return {"decoder.linear_rows", 2, {{"weight", AttributeType::Text}}, compute}; }
} // namespace reference

} // namespace tern
