//===- attention_test.cpp - One head over the cache -----------------------===//
#include "test/compiler/dense/dense_jit.h"

#include <cmath>

namespace tern::test {
namespace {

class AttentionTest : public DenseTest {};

void expectAttention(Strided<float> &q, Strided<float> &k, Strided<float> &v, Strided<float> &y,
                     double scale) {
  int64_t tokens = q.shape[0], positions = k.shape[0], width = q.shape[1];
  for (int64_t t = 0; t < tokens; ++t) {
    int64_t visible = positions - tokens + t + 1;
    std::vector<double> weights;
    double largest = -1e300, total = 0;
    for (int64_t p = 0; p < visible; ++p) {
      double dot = 0;
      for (int64_t i = 0; i < width; ++i)
        dot += double(q(t, i)) * k(p, i);
      weights.push_back(dot * scale);
      largest = std::max(largest, dot * scale);
    }
    for (double &weight : weights)
      total += weight = std::exp(weight - largest);
    for (int64_t i = 0; i < width; ++i) {
      double mixed = 0, bound = 0;
      for (int64_t p = 0; p < visible; ++p) {
        mixed += weights[size_t(p)] * v(p, i) / total;
        bound += weights[size_t(p)] * std::abs(v(p, i)) / total;
      }
      ASSERT_NEAR(y(t, i), mixed, 2e-6 * bound + 1e-30)
          << "T " << tokens << " P " << positions << " row " << t << " column " << i;
    }
  }
  EXPECT_TRUE(y.gapsAreUntouched());
}

TEST_P(AttentionTest, IsSoftmaxOverTheVisiblePositions) {
  for (int64_t width : {5, 20, 64, 128}) {
    for (int64_t declaredTokens : {int64_t(1), dynamic}) {
      float scale = 1 / std::sqrt(float(width));
      DenseKernel declared{.symbol = "attention",
                           .kind = "attention",
                           .operands = {f32({declaredTokens, width}), f32({dynamic, width}),
                                        f32({dynamic, width}), f32({declaredTokens, dynamic}),
                                        f32({declaredTokens, width})}};
      declared.scale = scale;
      CompiledKernel kernel(declared, GetParam().target);
      for (int64_t tokens : {1, 2, 3, 4, 5, 9}) {
        if (declaredTokens == 1 && tokens > 1)
          continue;
        for (int64_t before : {0, 1, 2, 3, 14, 15, 16, 61}) {
          int64_t positions = before + tokens;
          Strided<float> q({tokens, width}), k({positions, width}, 0), v({positions, width}, 7),
              y({tokens, width}, 2);
          Strided<float> scores({tokens, positions}, 1);
          Numbers numbers{uint64_t(width * 1000 + positions)};
          numbers.fill(q);
          numbers.fill(k);
          numbers.fill(v);
          kernel(q, k, v, scores, y);
          expectAttention(q, k, v, y, double(scale));
          EXPECT_TRUE(scores.gapsAreUntouched());
        }
      }
    }
  }
}

TEST_P(AttentionTest, TakesScoresFarApart) {
  DenseKernel declared{.symbol = "attention",
                       .kind = "attention",
                       .operands = {f32({dynamic, 16}), f32({dynamic, 16}), f32({dynamic, 16}),
                                    f32({dynamic, dynamic}), f32({dynamic, 16})}};
  declared.scale = 40.0f;
  CompiledKernel kernel(declared, GetParam().target);
  constexpr int64_t tokens = 4, positions = 300;
  Strided<float> q({tokens, 16}), k({positions, 16}), v({positions, 16}),
      scores({tokens, positions}), y({tokens, 16});
  for (int64_t p = 0; p < positions; ++p)
    for (int64_t i = 0; i < 16; ++i) {
      k(p, i) = (p % 7 == 3 ? 4.0f : -4.0f) * float(i % 2); // scores are whole numbers up to 1280
      v(p, i) = float(p % 5);
      if (p < tokens)
        q(p, i) = 1.0f;
    }
  kernel(q, k, v, scores, y);
  expectAttention(q, k, v, y, 40.0);
}

INSTANTIATE_TEST_SUITE_P(Attention, AttentionTest, testing::ValuesIn(runnableTargets()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace tern::test
