//===- keep_top.cpp - The largest numbers of runs -------------------------===//
#include "lib/operators/reference.h"
#include "lib/operators/support/rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tern {
namespace {

Results compute(const Context &c) {
  auto keep = size_t(c.number("keep")), block = size_t(c.number("block"));
  for (const Row &x : c.input(0))
    if (x.size() % block != 0 || keep > block)
      return c.error("has rows that are no whole number of runs");
  return byRow(c.input(0), [&](Row x) {
    std::vector<size_t> order(block);
    for (size_t begin = 0; begin < x.size(); begin += block) {
      std::iota(order.begin(), order.end(), begin);
      std::ranges::sort(order, [&](size_t a, size_t b) {
        double left = std::fabs(x[a]), right = std::fabs(x[b]);
        return left != right ? left > right : a < b;
      });
      for (size_t i = keep; i < block; ++i)
        x[order[i]] = 0;
    }
    return x;
  });
}

} // namespace

namespace reference {
ReferenceOperator keep_top() {
  return {"decoder.keep_top", 1, {{"keep", AttributeType::Number}, {"block", AttributeType::Number}}, compute};
}
} // namespace reference

} // namespace tern
