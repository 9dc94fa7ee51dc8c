//===- sampler_test.cpp ---------------------------------------------------===//
#include "runtime/text/sampler.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>

using namespace tern;
using testing::ElementsAre;
using testing::HasSubstr;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();
static constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
using Logits = std::vector<float>;

static Sampler make(const SamplingOptions &options) {
  Result<Sampler> sampler = Sampler::create(options);
  EXPECT_TRUE(sampler);
  return std::move(*sampler);
}

static int32_t pick(Sampler &sampler, const Logits &logits, std::vector<int32_t> history = {}) {
  Result<int32_t> id = sampler.next(logits, history);
  EXPECT_TRUE(id) << id.error().message;
  return id ? *id : -1;
}

/// How often each id comes in many draws.
static std::vector<double> frequencies(SamplingOptions options, const Logits &logits,
                                       const std::vector<int32_t> &history = {}) {
  constexpr int kDraws = 20000;
  Sampler sampler = make(options);
  std::vector<double> counts(logits.size());
  for (int i = 0; i < kDraws; ++i)
    counts[pick(sampler, logits, history)] += 1.0 / kDraws;
  return counts;
}

/// The ids that can come.
static std::set<int32_t> support(const SamplingOptions &options, const Logits &logits) {
  std::vector<double> counts = frequencies(options, logits);
  std::set<int32_t> ids;
  for (size_t id = 0; id < counts.size(); ++id)
    if (counts[id] > 0)
      ids.insert(static_cast<int32_t>(id));
  return ids;
}

/// Logits of these probabilities.
static Logits logitsOf(std::initializer_list<double> probabilities) {
  Logits logits;
  for (double p : probabilities)
    logits.push_back(static_cast<float>(std::log(p)));
  return logits;
}

TEST(Sampler, GreedyTakesTheLowestOfTheHighest) {
  Sampler sampler = make({.greedy = true});
  EXPECT_EQ(pick(sampler, {1, 3, -2, 3}), 1);
  EXPECT_EQ(pick(sampler, {-kInfinity, -5, -kInfinity}), 1);
  EXPECT_EQ(pick(sampler, {0}), 0);
}

TEST(Sampler, PenaltyCountsATokenOnce) {
  Sampler sampler = make({.greedy = true, .repetitionPenalty = 2});
  EXPECT_EQ(pick(sampler, {4, 3}, {0}), 1);
  EXPECT_EQ(pick(sampler, {4, 1.5f}, {0, 0, 0}), 0); // 4 / 2, not 4 / 8
  EXPECT_EQ(pick(sampler, {-1, -1.5f}, {0}), 1);     // negative ones are multiplied
  EXPECT_EQ(pick(sampler, {-1, -2.5f}, {0}), 0);
  Result<int32_t> id = sampler.next(Logits{1, 2}, std::vector<int32_t>{2});
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().message, "the history holds the token 2, there are 2 logits");
}

TEST(Sampler, DrawsByProbability) {
  std::vector<double> f = frequencies({.seed = 3}, logitsOf({0.5, 0.3, 0.2}));
  EXPECT_NEAR(f[0], 0.5, 0.02);
  EXPECT_NEAR(f[1], 0.3, 0.02);
  EXPECT_NEAR(f[2], 0.2, 0.02);
}

TEST(Sampler, TemperatureIsAPowerOfTheProbabilities) {
  // At 0.5 the probabilities are squared: 0.64, 0.04 and 0.04 of 0.72.
  std::vector<double> f = frequencies({.temperature = 0.5f}, logitsOf({0.8, 0.2, 0.2}));
  EXPECT_NEAR(f[0], 0.64 / 0.72, 0.02);
  EXPECT_NEAR(f[1], 0.04 / 0.72, 0.02);
  Sampler cold = make({.temperature = 1e-30f});
  EXPECT_EQ(pick(cold, {1, 2, 1.999f}), 1);
}

TEST(Sampler, TopKKeepsTies) {
  Logits logits = {1, 3, 2, 2, 0};
  EXPECT_THAT(support({.topK = 1}, logits), ElementsAre(1));
  EXPECT_THAT(support({.topK = 2}, logits), ElementsAre(1, 2, 3));
  EXPECT_THAT(support({.topK = 3}, logits), ElementsAre(1, 2, 3));
  EXPECT_THAT(support({.topK = 99}, logits), ElementsAre(0, 1, 2, 3, 4));
}

TEST(Sampler, TopPKeepsTheTokenThatCrosses) {
  Logits logits = logitsOf({0.15, 0.5, 0.05, 0.3});
  EXPECT_THAT(support({.topP = 0.4f}, logits), ElementsAre(1));
  EXPECT_THAT(support({.topP = 0.6f}, logits), ElementsAre(1, 3));
  EXPECT_THAT(support({.topP = 0.9f}, logits), ElementsAre(0, 1, 3));
  EXPECT_THAT(support({.topP = 1e-6f}, logits), ElementsAre(1));
  // Sums are of what top-k left: 0.5 and 0.3 are 0.625 and 0.375 then.
  EXPECT_THAT(support({.topK = 2, .topP = 0.6f}, logits), ElementsAre(1));
  EXPECT_THAT(support({.temperature = 0.5f, .topP = 0.65f}, logits), ElementsAre(1));
}

TEST(Sampler, MinPIsRelativeToTheMostProbable) {
  Logits logits = logitsOf({0.15, 0.5, 0.05, 0.3});
  EXPECT_THAT(support({.minP = 0.5f}, logits), ElementsAre(1, 3));
  EXPECT_THAT(support({.minP = 0.2f}, logits), ElementsAre(0, 1, 3));
  EXPECT_THAT(support({.minP = 1}, logits), ElementsAre(1));
}

TEST(Sampler, MaskedTokensNeverCome) {
  EXPECT_THAT(support({}, {-kInfinity, 1, -kInfinity, 1, -kInfinity}), ElementsAre(1, 3));
}

TEST(Sampler, ASeedFixesTheSequence) {
  Logits logits(50);
  for (size_t i = 0; i < logits.size(); ++i)
    logits[i] = std::sin(static_cast<float>(i));
  auto sequence = [&](uint64_t seed) {
    Sampler sampler = make({.topK = 20, .topP = 0.9f, .seed = seed});
    std::vector<int32_t> ids;
    for (int i = 0; i < 8; ++i)
      ids.push_back(pick(sampler, logits));
    return ids;
  };
  EXPECT_EQ(sequence(1), sequence(1));
  EXPECT_NE(sequence(1), sequence(2));
}

TEST(Sampler, RandomNumbersAreTheStandardOnes) {
  // Two equal tokens: the id is the top bit of std::mt19937_64, whose first values for seed 0 are
  // 2947667278772165694, 18301848765998365067, 729919693006235833, 11021831128136023278.
  Sampler sampler = make({.seed = 0});
  std::vector<int32_t> ids;
  for (int i = 0; i < 4; ++i)
    ids.push_back(pick(sampler, {0, 0}));
  EXPECT_THAT(ids, ElementsAre(0, 1, 0, 1));
}

TEST(Sampler, DamagedLogitsAreErrors) {
  for (bool greedy : {true, false}) {
    Sampler sampler = make({.greedy = greedy});
    auto error = [&](const Logits &logits) {
      Result<int32_t> id = sampler.next(logits, {});
      return id ? "" : id.error().message;
    };
    EXPECT_THAT(error({}), HasSubstr("no logits"));
    EXPECT_THAT(error({1, kNan}), HasSubstr("not a number"));
    EXPECT_THAT(error({kNan, 1}), HasSubstr("not a number"));
    EXPECT_THAT(error({1, kInfinity}), HasSubstr("infinite"));
    EXPECT_THAT(error({-kInfinity, -kInfinity}), HasSubstr("infinite"));
  }
}

TEST(SamplingOptions, Ranges) {
  auto error = [](const SamplingOptions &options) {
    Result<Sampler> sampler = Sampler::create(options);
    return sampler ? "" : sampler.error().message;
  };
  EXPECT_EQ(error({}), "");
  for (float bad : {0.0f, -1.0f, kNan, kInfinity}) {
    EXPECT_THAT(error({.temperature = bad}), HasSubstr("temperature"));
    EXPECT_THAT(error({.repetitionPenalty = bad}), HasSubstr("repetition penalty"));
  }
  for (float bad : {0.0f, -0.1f, 1.1f, kNan})
    EXPECT_THAT(error({.topP = bad}), HasSubstr("top-p"));
  for (float bad : {-0.1f, 1.1f, kNan})
    EXPECT_THAT(error({.minP = bad}), HasSubstr("min-p"));
  EXPECT_THAT(error({.topK = -1}), HasSubstr("top-k"));
}
