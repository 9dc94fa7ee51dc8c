//===- linear_test.cpp - Dense products -----------------------------------===//
#include "test/compiler/dense/dense_jit.h"

#include <bit>
#include <cmath>

namespace tern::test {
namespace {

class LinearTest : public DenseTest {};

float asFloat(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }
float asFloat(float value) { return value; }
void assign(uint16_t &out, float value) { out = uint16_t(std::bit_cast<uint32_t>(value) >> 16); }
void assign(float &out, float value) { out = value; }

template <typename Weight> void testLinear(const char *kind, DenseElement element, const TargetInfo &target) {
  for (int64_t depth : {3, 40, 64, 257}) {
    for (int64_t declaredTokens : {int64_t(1), dynamic}) {
      CompiledKernel kernel(
          {.symbol = "linear",
           .kind = kind,
           .operands = {f32({declaredTokens, depth}), {element, {dynamic, depth}}, f32({declaredTokens, dynamic})}},
          target);
      for (int64_t tokens : {1, 2, 3, 4, 5, 6}) {
        if (declaredTokens == 1 && tokens > 1)
          continue;
        for (int64_t rows : {1, 2, 3, 4, 5, 11}) {
          Strided<float> x({tokens, depth}), y({tokens, rows}, 9);
          Strided<Weight> w({rows, depth}, 0);
          Numbers numbers{uint64_t(depth * 100 + rows)};
          numbers.fill(x);
          for (int64_t r = 0; r < rows; ++r)
            for (int64_t d = 0; d < depth; ++d)
              assign(w(r, d), numbers.normal());
          kernel(x, w, y);
          for (int64_t t = 0; t < tokens; ++t)
            for (int64_t r = 0; r < rows; ++r) {
              double sum = 0, bound = 0;
              for (int64_t d = 0; d < depth; ++d) {
                sum += double(x(t, d)) * asFloat(w(r, d));
                bound += std::abs(double(x(t, d)) * asFloat(w(r, d)));
              }
              ASSERT_NEAR(y(t, r), sum, 1e-6 * bound)
                  << "D " << depth << " T " << tokens << " R " << rows << " at " << t << ", " << r;
            }
          EXPECT_TRUE(y.gapsAreUntouched());
        }
      }
    }
  }
}

TEST_P(LinearTest, Bfloat16Weights) { testLinear<uint16_t>("linear", DenseElement::BF16, GetParam().target); }
TEST_P(LinearTest, Float32Weights) { testLinear<float>("linear_f32", DenseElement::F32, GetParam().target); }

TEST_P(LinearTest, TakesNoTokensAndNoRows) {
  CompiledKernel kernel(
      {.symbol = "linear",
       .kind = "linear",
       .operands = {f32({dynamic, 64}), {DenseElement::BF16, {dynamic, 64}}, f32({dynamic, dynamic})}},
      GetParam().target);
  for (auto [tokens, rows] : {std::pair<int64_t, int64_t>{0, 8}, {8, 0}, {1, 0}, {0, 0}}) {
    Strided<float> x({8, 64}), y({8, 8});
    Strided<uint16_t> w({8, 64});
    x.shape[0] = y.shape[0] = tokens;
    w.shape[0] = y.shape[1] = rows;
    kernel(x, w, y);
    EXPECT_EQ(std::bit_cast<uint32_t>(y(0, 0)), 0xA5A5A5A5u);
  }
}

INSTANTIATE_TEST_SUITE_P(Linear, LinearTest, testing::ValuesIn(runnableTargets()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace tern::test
