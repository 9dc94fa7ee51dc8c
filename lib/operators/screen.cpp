//===- screen.cpp - Products of codes in front of the output head --------===//
#include "lib/operators/reference.h"
#include <algorithm>

namespace tern {
namespace {

/// Both bytes of the hidden state's codes times the unsigned codes of the listed rows.
Results compute(const Context &c) {
  Matrix sums;
  for (const Row &listed : c.input(1)) {
    Result<Row> codes = c.weights.codes(c.text("codes"), int64_t(c.number("plane")), int64_t(listed[0]));
    if (!codes)
      return codes.error();
    Row both;
    for (const Row &hidden : c.input(0)) {
      double sum = 0;
      for (size_t i = 0; i < std::min(hidden.size(), codes->size()); ++i)
        sum += hidden[i] * (*codes)[i];
      both.push_back(sum);
    }
    sums.push_back(std::move(both));
  }
  return std::vector<Matrix>{std::move(sums)};
}

} // namespace

namespace reference {
ReferenceOperator screen() {
  return {"decoder.screen",
          2,
          {{"codes", AttributeType::Text},
           {"plane", AttributeType::Number},
           {"vector", AttributeType::NotRead},
           {"fetch_level", AttributeType::NotRead}},
          compute};
}
} // namespace reference

} // namespace tern
