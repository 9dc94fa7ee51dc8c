//===- attention_test.cpp - Pages of attention, and their combination ------===//
#include "test/compiler/dense/dense_jit.h"

#include <bit>
#include <cmath>
#include <limits>

namespace tern::test {
namespace {

class AttentionTest : public DenseTest {};

/// Sizes of one kernel.
struct Sizes {
  int64_t group, depth;
};

constexpr int64_t kPage = 256, kKeyStrip = 64;
int64_t valueStrip(int64_t depth) { return depth % 64 == 0 ? 64 : depth; }

/// A page of made-up keys or values, and what its elements are worth. Behind the first `positions` stands what no sum
/// survives.
template <typename Element> struct CachePage {
  CachePage(bool keys, int64_t positions, int64_t depth, Numbers &numbers)
      : keys(keys), strips(shape(keys, depth), 0), scales({kPage}) {
    for (int64_t p = 0; p < kPage; ++p) {
      scales(p) = p < positions ? 0.01f * float(1 + p % 3) : std::numeric_limits<float>::quiet_NaN();
      for (int64_t i = 0; i < depth; ++i)
        at(p, i) = p < positions ? Element(sizeof(Element) == 1 ? numbers.normal() * 40 : numbers.normal())
                                 : Element(sizeof(Element) == 1 ? 127 : std::numeric_limits<float>::quiet_NaN());
    }
  }
  /// Codes lie in pairs across the strip.
  static std::vector<int64_t> shape(bool keys, int64_t depth) {
    std::vector<int64_t> shape = keys ? std::vector<int64_t>{kPage / kKeyStrip, depth, kKeyStrip}
                                      : std::vector<int64_t>{depth / valueStrip(depth), kPage, valueStrip(depth)};
    if (sizeof(Element) == 1) {
      shape[1] /= 2;
      shape[2] *= 2;
    }
    return shape;
  }
  Element &at(int64_t p, int64_t i) {
    int64_t along = keys ? p : i, across = keys ? i : p, pair = sizeof(Element) == 1 ? 2 : 1,
            strip = strips.shape[2] / pair;
    return strips(along / strip, across / pair, along % strip * pair + across % pair);
  }
  double operator()(int64_t p, int64_t i) {
    return double(at(p, i)) * (sizeof(Element) == 1 ? double(scales(p)) : 1.0);
  }
  bool keys;
  Strided<Element> strips;
  Strided<float> scales;
};

template <typename Element> DenseElement elementOf() {
  return sizeof(Element) == 1 ? DenseElement::I8 : sizeof(Element) == 2 ? DenseElement::F16 : DenseElement::F32;
}

template <typename Element> DenseKernel declareAttention(Sizes sizes, int64_t tokens, float scale) {
  int64_t width = sizes.group * sizes.depth;
  DenseKernel kernel{.symbol = "attention",
                     .kind = sizeof(Element) == 1   ? "attention_i8"
                             : sizeof(Element) == 2 ? "attention_f16"
                                                    : "attention",
                     .operands = {f32({tokens, width}),
                                  {elementOf<Element>(), CachePage<Element>::shape(true, sizes.depth)},
                                  {elementOf<Element>(), CachePage<Element>::shape(false, sizes.depth)},
                                  {DenseElement::Index, {}},
                                  f32({tokens, sizes.group, kPage}),
                                  f32({tokens, sizes.group, kPage}),
                                  f32({tokens, width}),
                                  f32({tokens, sizes.group}),
                                  f32({tokens, sizes.group})}};
  if (sizeof(Element) == 1) {
    kernel.operands.insert(kernel.operands.end(), {f32({kPage}),
                                                   f32({kPage}),
                                                   {DenseElement::I16, {tokens, width}},
                                                   f32({tokens, sizes.group}),
                                                   {DenseElement::I16, {tokens, sizes.group, kPage}},
                                                   f32({tokens, sizes.group})});
  }
  kernel.parameters["scale"] = scale;
  return kernel;
}

/// Everything that one call works on.
template <typename Element> struct Page {
  Page(Sizes sizes, int64_t tokens, int64_t positions, int64_t last, uint64_t seed)
      : sizes(sizes), tokens(tokens), positions(positions), last(last), numbers(seed),
        keys(true, positions, sizes.depth, numbers), values(false, positions, sizes.depth, numbers),
        q({tokens, sizes.group * sizes.depth}), y({tokens, sizes.group * sizes.depth}, 2),
        scores({tokens, sizes.group, kPage}), weights({tokens, sizes.group, kPage}), largest({tokens, sizes.group}, 2),
        total({tokens, sizes.group}, 5), queryStep({tokens, sizes.group}, 1), weightStep({tokens, sizes.group}, 1),
        queryCodes({tokens, sizes.group * sizes.depth}, 2), weightCodes({tokens, sizes.group, kPage}) {
    numbers.fill(q);
  }

  void run(CompiledKernel &kernel) {
    if constexpr (sizeof(Element) == 1)
      kernel(q, keys.strips, values.strips, last, scores, weights, y, largest, total, keys.scales, values.scales,
             queryCodes, queryStep, weightCodes, weightStep);
    else
      kernel(q, keys.strips, values.strips, last, scores, weights, y, largest, total);
  }

  /// One number of the query; where keys are codes rounded to 16 bits, a step being the largest number of its head over
  /// 32767, by the kernel's float operations.
  double query(int64_t t, int64_t g, int64_t i) {
    float number = q(t, g * sizes.depth + i), most = 0;
    if (sizeof(Element) != 1)
      return double(number);
    for (int64_t k = 0; k < sizes.depth; ++k)
      most = std::max(most, std::abs(q(t, g * sizes.depth + k)));
    float step = most * (1.0f / 32767);
    return double(step) * std::nearbyint(number / step);
  }
  /// How far a value's share of the result may be off because its weight was rounded to 16 bits: half a step, the
  /// largest weight times scale over 32767.
  double rounding(const std::vector<double> &weight, double sum, int64_t i) {
    double most = 0, codes = 0;
    if constexpr (sizeof(Element) == 1)
      for (size_t p = 0; p < weight.size(); ++p) {
        most = std::max(most, weight[p] * double(values.scales(int64_t(p))));
        codes += std::abs(double(values.at(int64_t(p), i)));
      }
    return codes > 0 ? 0.5 * most / 32767 * codes / sum : 0;
  }

  void expectSoftmax(double scale) {
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t g = 0; g < sizes.group; ++g) {
        SCOPED_TRACE(testing::Message() << "T " << tokens << " P " << positions << " last " << last << " depth "
                                        << sizes.depth << " row " << t << ", " << g << " of " << sizes.group);
        int64_t visible = std::clamp<int64_t>(last + t + 1, 0, positions);
        std::vector<double> weight;
        double top = -3e38, sum = 0;
        for (int64_t p = 0; p < visible; ++p) {
          double dot = 0;
          for (int64_t i = 0; i < sizes.depth; ++i)
            dot += query(t, g, i) * keys(p, i);
          weight.push_back(dot * scale);
          top = std::max(top, dot * scale);
        }
        for (double &w : weight)
          sum += w = std::exp(w - top);
        if (visible == 0) {
          ASSERT_EQ(total(t, g), 0);
        } else {
          ASSERT_NEAR(largest(t, g), top, 1e-5 * (1 + std::abs(top)));
          ASSERT_NEAR(total(t, g), sum, 1e-5 * sum);
        }
        for (int64_t i = 0; i < sizes.depth; ++i) {
          double mixed = 0, bound = 0;
          for (int64_t p = 0; p < visible; ++p) {
            mixed += weight[size_t(p)] * values(p, i) / sum;
            bound += weight[size_t(p)] * std::abs(values(p, i)) / sum;
          }
          ASSERT_NEAR(y(t, g * sizes.depth + i), mixed, 4e-6 * bound + rounding(weight, sum, i) + 1e-30)
              << "column " << i;
        }
      }
    EXPECT_TRUE(y.gapsAreUntouched());
    EXPECT_TRUE(largest.gapsAreUntouched());
    EXPECT_TRUE(total.gapsAreUntouched());
  }

  Sizes sizes;
  int64_t tokens, positions, last;
  Numbers numbers;
  CachePage<Element> keys, values;
  Strided<float> q, y, scores, weights, largest, total, queryStep, weightStep;
  Strided<int16_t> queryCodes, weightCodes;
};

template <typename Element> void testPages(Sizes sizes, int64_t declaredTokens, const TargetInfo &target) {
  float scale = 1 / std::sqrt(float(sizes.depth));
  CompiledKernel kernel(declareAttention<Element>(sizes, declaredTokens, scale), target);
  for (int64_t tokens : {1, 2, 3, 4, 5, 9}) {
    if (declaredTokens == 1 && tokens > 1)
      continue;
    for (int64_t before : {0, 1, 2, 15, 62, 63, 64, 130, 247}) {
      int64_t positions = before + tokens;
      Page<Element> page(sizes, tokens, positions, before, uint64_t(sizes.depth * 1000 + positions));
      page.run(kernel);
      page.expectSoftmax(double(scale));
    }
  }
}

TEST_P(AttentionTest, OneTokenSeesThePage) {
  for (Sizes sizes : {Sizes{1, 5}, {2, 20}, {3, 64}, {4, 128}, {7, 16}})
    testPages<float>(sizes, 1, GetParam().target);
}
TEST_P(AttentionTest, OneTokenSeesAPageOfFloat16) {
  for (Sizes sizes : {Sizes{3, 20}, {4, 128}})
    testPages<_Float16>(sizes, 1, GetParam().target);
}
TEST_P(AttentionTest, OneTokenSeesAPageOfCodes) {
  for (Sizes sizes : {Sizes{3, 20}, {4, 128}})
    testPages<int8_t>(sizes, 1, GetParam().target);
}
TEST_P(AttentionTest, TokensSeeThePositionsBeforeThem) {
  for (Sizes sizes : {Sizes{1, 20}, {2, 16}, {4, 128}, {5, 6}})
    testPages<float>(sizes, dynamic, GetParam().target);
}
TEST_P(AttentionTest, TokensSeeCodesBeforeThem) {
  for (Sizes sizes : {Sizes{1, 64}, {4, 128}})
    testPages<int8_t>(sizes, dynamic, GetParam().target);
}

/// A page that begins after some of the tokens, and one that ends before all of them.
template <typename Element> void testNothingOrAll(const TargetInfo &target) {
  Sizes sizes{4, 16};
  CompiledKernel kernel(declareAttention<Element>(sizes, dynamic, 0.25f), target);
  for (int64_t last : {-5, -8, 250, 300}) {
    Page<Element> page(sizes, 9, std::min(last + 9, kPage), last, uint64_t(last + 100));
    page.run(kernel);
    page.expectSoftmax(0.25);
  }
}
TEST_P(AttentionTest, PagesThatTokensSeeNothingOrAllOf) {
  testNothingOrAll<float>(GetParam().target);
  testNothingOrAll<int8_t>(GetParam().target);
}

/// The sums of all products are exact up to the ends of their range: 512 columns of 127 times 32767, and 256 positions.
TEST_P(AttentionTest, CodesFillTheirSums) {
  Sizes sizes{1, 512};
  CompiledKernel kernel(declareAttention<int8_t>(sizes, 1, 1e-6f), GetParam().target);
  Page<int8_t> page(sizes, 1, kPage, kPage - 1, 1);
  for (int64_t p = 0; p < kPage; ++p) {
    page.values.scales(p) = 1;
    for (int64_t i = 0; i < sizes.depth; ++i)
      page.keys.at(p, i) = page.values.at(p, i) = 127;
  }
  for (int64_t i = 0; i < sizes.depth; ++i)
    page.q(0, i) = 2;
  page.run(kernel);
  page.expectSoftmax(1e-6);
  ASSERT_NEAR(page.y(0, 7), 127, 1e-3);
}

/// The only value has the weight 1, so the result is what it is worth, to the bit.
TEST_P(AttentionTest, WidensEveryFiniteFloat16) {
  Sizes sizes{1, 64};
  CompiledKernel kernel(declareAttention<_Float16>(sizes, 1, 1.0f), GetParam().target);
  Page<_Float16> page(sizes, 1, 1, 0, 1);
  for (uint32_t first = 0; first < 0x10000; first += 64) {
    if ((first & 0x7c00) == 0x7c00) // infinities and NaNs are never stored
      continue;
    for (uint32_t i = 0; i < 64; ++i)
      page.values.at(0, i) = std::bit_cast<_Float16>(uint16_t(first + i));
    page.run(kernel);
    for (uint32_t i = 0; i < 64; ++i)
      ASSERT_EQ(page.y(0, i), float(page.values.at(0, i))) << first + i;
  }
}

TEST_P(AttentionTest, TakesScoresFarApart) {
  Sizes sizes{2, 16};
  CompiledKernel kernel(declareAttention<float>(sizes, dynamic, 40.0f), GetParam().target);
  Page<float> page(sizes, 4, 256, 252, 1);
  for (int64_t p = 0; p < page.positions; ++p)
    for (int64_t i = 0; i < 16; ++i) {
      page.keys.at(p, i) = (p % 7 == 3 ? 4.0f : -4.0f) * float(i % 2); // scores are whole numbers up to 1280
      page.values.at(p, i) = float(p % 5);
    }
  for (int64_t t = 0; t < page.tokens; ++t)
    for (int64_t i = 0; i < 32; ++i)
      page.q(t, i) = 1.0f;
  page.run(kernel);
  page.expectSoftmax(40.0);
}

/// Pages as one softmax over all positions.
TEST_P(AttentionTest, PagesCombine) {
  for (int64_t declaredTokens : {int64_t(1), dynamic}) {
    constexpr int64_t group = 3, depth = 20, width = group * depth;
    CompiledKernel kernel({.symbol = "combine",
                           .kind = "attention_combine",
                           .operands = {f32({dynamic, declaredTokens, width}), f32({dynamic, declaredTokens, group}),
                                        f32({dynamic, declaredTokens, group}), f32({declaredTokens, width})}},
                          GetParam().target);
    for (int64_t pages : {1, 2, 5}) {
      int64_t tokens = declaredTokens == 1 ? 1 : 3;
      Strided<float> parts({pages, tokens, width}), largest({pages, tokens, group}), total({pages, tokens, group}),
          y({tokens, width});
      Numbers numbers{uint64_t(pages)};
      for (int64_t n = 0; n < pages; ++n)
        for (int64_t t = 0; t < tokens; ++t) {
          bool unseen = n > 0 && n == pages - 1 && t == 0; // as a token that stands before a page
          for (int64_t g = 0; g < group; ++g) {
            largest(n, t, g) = unseen ? -3.0e38f : numbers.normal() * 5;
            total(n, t, g) = unseen ? 0 : 1 + 10 * float(numbers.uniform());
          }
          for (int64_t i = 0; i < width; ++i)
            parts(n, t, i) = unseen ? 0 : numbers.normal();
        }
      kernel(parts, largest, total, y);
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t i = 0; i < width; ++i) {
          int64_t g = i / depth;
          double top = -3e38, sum = 0, mixed = 0;
          for (int64_t n = 0; n < pages; ++n)
            top = std::max(top, double(largest(n, t, g)));
          for (int64_t n = 0; n < pages; ++n) {
            double share = total(n, t, g) * std::exp(largest(n, t, g) - top);
            sum += share;
            mixed += share * parts(n, t, i);
          }
          ASSERT_NEAR(y(t, i), mixed / sum, 1e-5) << pages << " pages, token " << t << " column " << i;
          if (pages == 1)
            ASSERT_EQ(y(t, i), parts(0, t, i)); // one page alone is the result, to the bit
        }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Attention, AttentionTest, testing::ValuesIn(runnableTargets()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace tern::test
