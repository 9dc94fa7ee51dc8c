//===- hard_rows.h - Rows of an output head that are hard to bound --------===//
#pragma once

#include "lib/base/bfloat16.h"

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tern::test {

struct HardRow {
  std::string kind;
  std::vector<float> weights; ///< values of bfloat16
};

/// Rows of every kind, `each` of a kind, in an order that mixes them. Equal for equal arguments.
inline std::vector<HardRow> hardRows(int64_t columns, int each, uint64_t seed) {
  std::mt19937_64 random(seed);
  auto uniform = [&] { return double(random() >> 11) * 0x1p-52 - 1; }; // [-1, 1)
  auto normal = [&] {
    double sum = 0;
    for (int i = 0; i < 12; ++i)
      sum += uniform() / 2;
    return sum;
  };
  std::vector<HardRow> rows;
  auto add = [&](const char *kind, auto weight) {
    HardRow row{kind, std::vector<float>(size_t(columns))};
    for (int64_t i = 0; i < columns; ++i)
      row.weights[size_t(i)] = bfloat16ToFloat(floatToBfloat16(float(weight(i))));
    rows.push_back(std::move(row));
  };
  for (int k = 0; k < each; ++k) {
    add("uniform", [&](int64_t) { return 0.05 * uniform(); });
    add("normal", [&](int64_t) { return 0.02 * normal(); });
    add("zero", [](int64_t) { return 0.0; });
    add("one value", [&](int64_t) { return 0.03125 * (k + 1); });
    add("alternating", [&](int64_t i) { return i % 2 ? 0.5 : -0.5; });
    add("one outlier", [&](int64_t i) { return i == k % columns ? 8.0 : 1e-3 * normal(); });
    add("only one weight", [&](int64_t i) { return i == k % columns ? -3.0 : 0.0; });
    add("subnormal", [&](int64_t) { return 0x1p-127 * uniform(); });
    add("smallest", [&](int64_t i) { return i % 3 ? 0x1p-133 : -0x1p-133; });
    add("large", [&](int64_t) { return 1e20 * uniform(); });
    add("overflowing", [&](int64_t) { return 3e38 * uniform(); });
    double scale = std::exp2(std::floor(40 * uniform()));
    add("any scale", [&](int64_t) { return scale * normal(); });
    add("wide range", [&](int64_t) { return uniform() * std::exp2(30 * uniform()); });
    HardRow equal = rows[rows.size() - 13 + size_t(k) % 2];
    HardRow negative = equal;
    equal.kind = "equal to another";
    negative.kind = "negative of another";
    for (float &weight : negative.weights)
      weight = -weight;
    rows.push_back(std::move(equal));
    rows.push_back(std::move(negative));
  }
  return rows;
}

/// Hidden states: of a norm's kind, with outliers, sparse, tiny, huge, constant.
inline std::vector<std::vector<float>> hiddenStates(int64_t columns, uint64_t seed) {
  std::mt19937_64 random(seed);
  auto uniform = [&] { return double(random() >> 11) * 0x1p-52 - 1; };
  std::vector<std::vector<float>> states(7, std::vector<float>(size_t(columns)));
  for (size_t i = 0; i < size_t(columns); ++i) {
    double value = uniform() + uniform() + uniform();
    states[0][i] = float(value);
    states[1][i] = float(i % 50 == 3 ? 40 * value : value);
    states[2][i] = i % 7 == 0 ? float(value) : 0.0f;
    states[3][i] = float(1e-30 * value);
    states[4][i] = float(1e15 * value);
    states[5][i] = 1.0f;
    states[6][i] = float(value * std::exp2(20 * uniform()));
  }
  return states;
}

/// Float sums of products in some orders: one after the other, from the end, in lanes with fused operations, pairwise.
inline std::vector<float> logitsInManyOrders(const std::vector<float> &w, const std::vector<float> &x) {
  size_t n = w.size();
  float forward = 0, backward = 0, lanes[16] = {}, fused = 0;
  for (size_t i = 0; i < n; ++i) {
    forward += w[i] * x[i];
    backward += w[n - 1 - i] * x[n - 1 - i];
    lanes[i % 16] = std::fma(w[i], x[i], lanes[i % 16]);
  }
  for (float lane : lanes)
    fused += lane;
  std::vector<float> products(n);
  for (size_t i = 0; i < n; ++i)
    products[i] = w[i] * x[i];
  while (products.size() > 1) {
    std::vector<float> next;
    for (size_t i = 0; i < products.size(); i += 2)
      next.push_back(i + 1 < products.size() ? products[i] + products[i + 1] : products[i]);
    products = std::move(next);
  }
  return {forward, backward, fused, products[0]};
}

} // namespace tern::test
