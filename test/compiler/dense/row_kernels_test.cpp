//===- row_kernels_test.cpp - Norms, quantisation, gates, RoPE ------------===//
#include "lib/trit/reference.h"
#include "test/compiler/dense/dense_jit.h"

#include <bit>
#include <cmath>

namespace tern::test {
namespace {

constexpr float eps = 1e-5f;

DenseKernel normKernel(int64_t columns) {
  DenseKernel kernel{.symbol = "norm",
                     .kind = "rms_norm",
                     .operands = {f32({dynamic, columns}), f32({columns}), f32({dynamic, columns})}};
  kernel.parameters["eps"] = eps;
  return kernel;
}

DenseKernel quantizeKernel(bool norm, int64_t tokens, int64_t columns, int64_t padded,
                           const ActivationCodes &rule = {}) {
  DenseKernel kernel{
      .symbol = "quantize", .kind = norm ? "rms_norm_quantize" : "quantize", .operands = {f32({tokens, columns})}};
  bool mean = rule.statistic == ActivationCodes::Statistic::AbsMean;
  kernel.parameters = {{"bits", int64_t(rule.bits)},
                       {"statistic", std::string(mean ? "absmean" : "absmax")},
                       {"range", rule.range},
                       {"floor", rule.floor},
                       {"roundings", int64_t(rule.roundedTwice ? 2 : 1)}};
  if (norm) {
    kernel.parameters["eps"] = eps;
    kernel.operands.push_back(f32({columns}));
  }
  kernel.operands.push_back({DenseElement::I8, {tokens, padded}});
  kernel.operands.push_back(f32({tokens}));
  kernel.operands.push_back({DenseElement::I32, {tokens}});
  return kernel;
}

/// Codes, steps and sums are those of the reference on these rows, bit for bit.
void expectQuantized(Strided<float> &x, Strided<int8_t> &codes, Strided<float> &step, Strided<int32_t> &sum) {
  int64_t columns = x.shape[1], padded = codes.shape[1];
  for (int64_t t = 0; t < x.shape[0]; ++t) {
    std::vector<int8_t> expected(static_cast<size_t>(columns));
    int32_t expectedSum = 0;
    float expectedStep = referenceQuantize(std::span(&x(t, 0), size_t(columns)), expected, expectedSum);
    for (int64_t c = 0; c < padded; ++c)
      ASSERT_EQ(codes(t, c), c < columns ? expected[size_t(c)] : 0) << "row " << t << " column " << c;
    EXPECT_EQ(std::bit_cast<uint32_t>(step(t)), std::bit_cast<uint32_t>(expectedStep));
    EXPECT_EQ(sum(t), expectedSum);
  }
  EXPECT_TRUE(codes.gapsAreUntouched());
}

TEST_P(DenseTest, RmsNorm) {
  for (int64_t columns : {1, 7, 64, 100, 255, 2560}) {
    CompiledKernel kernel(normKernel(columns), GetParam().target);
    for (int64_t tokens : {1, 4}) {
      Strided<float> x({tokens, columns}), w({columns}), y({tokens, columns}, 5);
      Numbers numbers{uint64_t(columns * 10 + tokens)};
      numbers.fill(x);
      numbers.fill(w);
      kernel(x, w, y);
      for (int64_t t = 0; t < tokens; ++t) {
        double squares = 0;
        for (int64_t c = 0; c < columns; ++c)
          squares += double(x(t, c)) * x(t, c);
        double factor = 1 / std::sqrt(squares / double(columns) + double(eps));
        for (int64_t c = 0; c < columns; ++c)
          ASSERT_NEAR(y(t, c), x(t, c) * factor * w(c), 1e-6 * std::abs(x(t, c) * factor * w(c)) + 1e-30);
      }
      EXPECT_TRUE(y.gapsAreUntouched());
    }
  }
}

/// Rules of the largest magnitude are the reference's bit for bit; a mean's last bit depends on the order of its sum,
/// so that a number may fall on the other side of a boundary.
TEST_P(DenseTest, QuantizeByOtherRules) {
  using Statistic = ActivationCodes::Statistic;
  for (const ActivationCodes &rule : {ActivationCodes{.range = 128}, ActivationCodes{.roundedTwice = false},
                                      ActivationCodes{.bits = 4, .range = 7, .floor = 0.25f},
                                      ActivationCodes{4, Statistic::AbsMean, std::sqrt(7.0f), 1e-5f, true}}) {
    constexpr int64_t columns = 100, padded = 128;
    CompiledKernel kernel(quantizeKernel(false, dynamic, columns, padded, rule), GetParam().target);
    Strided<float> x({3, columns}), step({3});
    Strided<int8_t> codes({3, padded});
    Strided<int32_t> sum({3});
    Numbers(7).fill(x);
    for (int64_t c = 0; c < columns; ++c)
      x(2, c) = 0;
    kernel(x, codes, step, sum);
    bool exact = rule.statistic == Statistic::AbsMax;
    for (int64_t t = 0; t < 3; ++t) {
      std::vector<int8_t> expected(columns);
      int32_t expectedSum = 0, total = 0;
      float expectedStep = referenceQuantize(std::span(&x(t, 0), size_t(columns)), expected, expectedSum, rule);
      EXPECT_NEAR(step(t), expectedStep, exact ? 0 : 1e-6 * expectedStep);
      for (int64_t c = 0; c < padded; ++c) {
        ASSERT_NEAR(codes(t, c), c < columns ? expected[size_t(c)] : 0, exact ? 0 : 1)
            << "row " << t << " column " << c;
        total += codes(t, c);
      }
      EXPECT_EQ(sum(t), total);
    }
  }
}

TEST_P(DenseTest, QuantizeIsTheReferenceBitForBit) {
  for (auto [columns, padded] :
       {std::pair<int64_t, int64_t>{1, 1}, {1, 256}, {63, 64}, {100, 256}, {256, 256}, {2560, 2560}, {2561, 2816}}) {
    CompiledKernel kernel(quantizeKernel(false, dynamic, columns, padded), GetParam().target);
    for (int64_t tokens : {1, 5}) {
      Strided<float> x({tokens, columns}), step({tokens});
      Strided<int8_t> codes({tokens, padded});
      Strided<int32_t> sum({tokens});
      Numbers numbers{uint64_t(columns + tokens)};
      numbers.fill(x);
      kernel(x, codes, step, sum);
      expectQuantized(x, codes, step, sum);
    }
  }
}

TEST_P(DenseTest, QuantizeRoundsHalvesToEvenAndTakesExtremes) {
  constexpr int64_t columns = 130;
  CompiledKernel kernel(quantizeKernel(false, dynamic, columns, 256), GetParam().target);
  constexpr int64_t rows = 6;
  Strided<float> x({rows, columns}), step({rows});
  Strided<int8_t> codes({rows, 256});
  Strided<int32_t> sum({rows});
  for (int64_t c = 0; c < columns; ++c) {
    x(0, c) = c == 0 ? 127.0f : float(c) - 63.5f; // scale 1: every number is a half
    x(1, c) = 0.0f;                               // the smallest absmax is 1e-5
    x(2, c) = float(c) * 1e-9f;
    x(3, c) = (c % 2 ? -1.0f : 1.0f) * 3e38f;
    x(4, c) = c == 7 ? -1e10f : float(c);
    x(5, c) = c == 0 ? 254.0f : float(c) * 2 + 1; // halves at scale 1/2
  }
  kernel(x, codes, step, sum);
  expectQuantized(x, codes, step, sum);
}

TEST_P(DenseTest, RmsNormQuantizeIsItsPartsBitForBit) {
  for (auto [columns, padded] :
       {std::pair<int64_t, int64_t>{3, 4}, {100, 256}, {256, 256}, {1000, 1024}, {6912, 6912}}) {
    for (int64_t tokens : {dynamic, int64_t(1)}) {
      CompiledKernel kernel(quantizeKernel(true, tokens, columns, padded), GetParam().target);
      CompiledKernel norm(normKernel(columns), GetParam().target);
      int64_t rows = tokens == dynamic ? 3 : 1;
      Strided<float> x({rows, columns}), w({columns}), y({rows, columns}), step({rows});
      Strided<int8_t> codes({rows, padded});
      Strided<int32_t> sum({rows});
      Numbers numbers{uint64_t(columns)};
      numbers.fill(x);
      numbers.fill(w);
      kernel(x, w, codes, step, sum);
      norm(x, w, y);
      expectQuantized(y, codes, step, sum);
    }
  }
}

TEST_P(DenseTest, RowKernelsTakeNoRows) {
  CompiledKernel kernel(normKernel(64), GetParam().target);
  Strided<float> x({1, 64}), w({64}), y({1, 64});
  x.shape[0] = y.shape[0] = 0;
  kernel(x, w, y);
  y.shape[0] = 1;
  EXPECT_EQ(std::bit_cast<uint32_t>(y(0, 0)), 0xA5A5A5A5u);
}

TEST_P(DenseTest, Gate) {
  for (const char *activation : {"relu2", "silu"}) {
    for (int64_t width : {dynamic, int64_t(40), int64_t(5)}) {
      DenseKernel declared{.symbol = "gate", .kind = "gate", .operands = {3, f32({dynamic, width})}};
      declared.parameters["activation"] = std::string(activation);
      CompiledKernel kernel(declared, GetParam().target);
      std::vector<int64_t> columnCounts = {width};
      if (width == dynamic)
        columnCounts = {1, 3, 16, 40, 1001};
      for (int64_t columns : columnCounts) {
        Strided<float> gate({2, columns}), up({2, columns}, 4), y({2, columns}, 5);
        Numbers numbers{uint64_t(columns)};
        numbers.fill(gate);
        numbers.fill(up);
        for (int64_t c = 0; c < columns; ++c)
          gate(1, c) *= c % 3 == 0 ? 60.0f : 1e4f; // squares pass fp16's range, exp(-x) float32's
        kernel(gate, up, y);
        for (int64_t t = 0; t < 2; ++t)
          for (int64_t c = 0; c < columns; ++c) {
            double g = gate(t, c), positive = std::max(g, 0.0);
            double expected = (activation[0] == 'r' ? positive * positive : g / (1 + std::exp(-g))) * up(t, c);
            ASSERT_NEAR(y(t, c), expected, 5e-7 * std::abs(expected) + 1e-30) << activation << " of " << g;
          }
        EXPECT_TRUE(y.gapsAreUntouched());
      }
    }
  }
}

TEST_P(DenseTest, GateTakesNoColumns) {
  DenseKernel declared{.symbol = "gate", .kind = "gate", .operands = {3, f32({dynamic, dynamic})}};
  declared.parameters["activation"] = std::string("silu");
  CompiledKernel kernel(declared, GetParam().target);
  Strided<float> gate({2, 64}), up({2, 64}), y({2, 64});
  gate.shape[1] = up.shape[1] = y.shape[1] = 0;
  kernel(gate, up, y);
  EXPECT_EQ(std::bit_cast<uint32_t>(y(0, 0)), 0xA5A5A5A5u);
}

TEST_P(DenseTest, Rope) {
  for (int64_t headDim : {2, 12, 64, 128}) {
    int64_t half = headDim / 2, positions = 40, position = 33;
    DenseKernel declared{
        .symbol = "rope",
        .kind = "rope",
        .operands = {
            f32({dynamic, dynamic}), f32({positions, 2, half}), f32({dynamic, dynamic}), {DenseElement::Index, {}}}};
    declared.parameters["head_dim"] = int64_t(headDim);
    CompiledKernel kernel(declared, GetParam().target);
    for (int64_t heads : {0, 1, 3}) {
      constexpr int64_t tokens = 5;
      int64_t columns = std::max<int64_t>(heads, 1) * headDim;
      Strided<float> x({tokens, columns}), table({positions, 2, half}, 0), y({tokens, columns});
      Numbers numbers{uint64_t(headDim + heads)};
      numbers.fill(x);
      for (int64_t p = 0; p < positions; ++p)
        for (int64_t i = 0; i < half; ++i) {
          table(p, 0, i) = numbers.normal();
          table(p, 1, i) = numbers.normal();
        }
      x.shape[1] = y.shape[1] = heads * headDim;
      kernel(x, table, y, position);
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t h = 0; h < heads; ++h)
          for (int64_t i = 0; i < half; ++i) {
            double a = x(t, h * headDim + i), b = x(t, h * headDim + half + i);
            double cosine = table(position + t, 0, i), sine = table(position + t, 1, i);
            ASSERT_NEAR(y(t, h * headDim + i), a * cosine - b * sine, 1e-5);
            ASSERT_NEAR(y(t, h * headDim + half + i), b * cosine + a * sine, 1e-5);
          }
      EXPECT_TRUE(heads == 0 || y.gapsAreUntouched());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, DenseTest, testing::ValuesIn(runnableTargets()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace tern::test
