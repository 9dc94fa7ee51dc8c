//===- screening_test.cpp - The same token as from all logits -------------===//
#include "runtime/head/screening.h"
#include "test/lib/head/hard_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

using namespace tern;
using namespace tern::test;

namespace {

/// An output head in plain arithmetic: the rows that it is given.
class PlainHead : public HeadRows {
public:
  PlainHead(std::vector<HardRow> given, int64_t columns) : rows(std::move(given)), columns(columns) {
    figures.resize(size_t(kRowFigures) * rows.size());
    for (size_t i = 0; i < 2; ++i)
      planes[i].resize(rows.size() * bytes[i]);
    for (size_t i = 0; i < rows.size(); ++i) {
      RowFigures found = encodeRow(rows[i].weights, std::span(planes[0]).subspan(i * bytes[0], bytes[0]),
                                   std::span(planes[1]).subspan(i * bytes[1], bytes[1]));
      const float list[] = {found.scale[0], found.scale[1], found.residual[0], found.residual[1], found.norm};
      for (size_t k = 0; k < 5; ++k)
        figures[k * rows.size() + i] = list[k];
    }
  }

  float logit(size_t row) const {
    float lanes[8] = {}, sum = 0;
    for (size_t i = 0; i < hidden.size(); ++i)
      lanes[i % 8] += rows[row].weights[i] * hidden[i];
    for (float lane : lanes)
      sum += lane;
    return sum;
  }
  std::vector<float> logits() const {
    std::vector<float> values(rows.size());
    for (size_t i = 0; i < rows.size(); ++i)
      values[i] = logit(i);
    return values;
  }

  void screen(const HiddenCodes &codes, int plane, std::span<const int32_t> list, CodeSums *sums) override {
    size_t padded = size_t(codeColumns(columns));
    for (size_t k = 0; k < list.size(); ++k) {
      std::span<const uint8_t> row = std::span(planes[plane]).subspan(size_t(list[k]) * bytes[plane], bytes[plane]);
      sums[k] = {0, 0};
      for (size_t i = 0; i < size_t(columns); ++i) {
        sums[k].high += codeAt(row, plane, int64_t(i)) * codes.bytes[i];
        sums[k].low += codeAt(row, plane, int64_t(i)) * codes.bytes[padded + i];
      }
    }
  }
  void exact(std::span<const int32_t> list, float *out) override {
    EXPECT_TRUE(std::ranges::is_sorted(list));
    for (size_t k = 0; k < list.size(); ++k)
      out[k] = logit(size_t(list[k]));
  }
  void all(float *out) override { std::ranges::copy(logits(), out); }
  void share(const std::function<void(uint64_t, uint64_t)> &work) override {
    for (uint64_t thread = 0; thread < 3; ++thread)
      work(thread, 3);
  }
  uint64_t threads() const override { return 3; }

  std::vector<HardRow> rows;
  int64_t columns;
  size_t bytes[2] = {size_t(codeRowBytes(columns, 0)), size_t(codeRowBytes(columns, 1))};
  std::vector<float> figures;
  std::vector<uint8_t> planes[2];
  std::vector<float> hidden;
};

/// The samplers that the issue names, alone and together.
std::vector<SamplingOptions> allOptions() {
  return {{.greedy = true},
          {.greedy = true, .repetitionPenalty = 1.3f},
          {.topK = 1},
          {.topK = 5},
          {.temperature = 0.7f, .topK = 20},
          {.topK = 40, .topP = 0.9f},
          {.topK = 30, .topP = 0.5f, .minP = 0.2f},
          {.minP = 0.5f},
          {.temperature = 3, .minP = 0.05f},
          {.minP = 1},
          {.topK = 12, .minP = 0.1f, .repetitionPenalty = 1.7f},
          {.topK = 8, .repetitionPenalty = 0.5f},
          {.topP = 0.9f},
          {.temperature = 0.3f, .topP = 0.6f, .minP = 0.1f},
          {.temperature = 0.8f, .topP = 0.95f, .repetitionPenalty = 1.2f},
          {}};
}

/// Draws the same way with and without screening.
void compare(PlainHead &head, const std::vector<std::vector<float>> &states, int draws) {
  Screening screening(int64_t(head.rows.size()), head.columns,
                      figureArrays(head.figures.data(), int64_t(head.rows.size())));
  std::vector<int32_t> history;
  for (int32_t i = 0; i < 30; ++i)
    history.push_back(i * 37 % int32_t(head.rows.size()));
  for (SamplingOptions options : allOptions())
    for (const std::vector<float> &state : states)
      for (int seed = 0; seed < draws; ++seed) {
        options.seed = uint64_t(seed);
        Sampler full = *Sampler::create(options), screened = *Sampler::create(options);
        head.hidden = state;
        std::vector<float> logits = head.logits();
        for (int draw = 0; draw < 3; ++draw) {
          Result<int32_t> expected = full.next(logits, history), got = screening.sample(state, screened, history, head);
          ASSERT_EQ(bool(expected), bool(got)) << (expected ? got : expected).error().message;
          if (!expected) {
            EXPECT_EQ(expected.error().message, got.error().message);
            break;
          }
          ASSERT_EQ(*expected, *got) << "temperature " << options.temperature << ", top-k " << options.topK
                                     << ", top-p " << options.topP << ", min-p " << options.minP << ", seed " << seed;
        }
      }
}

std::vector<HardRow> without(std::vector<HardRow> rows, std::set<std::string> kinds) {
  std::erase_if(rows, [&](const HardRow &row) { return kinds.contains(row.kind); });
  return rows;
}

} // namespace

TEST(Screening, HardRowsOfEveryKind) {
  for (int64_t columns : {5, 128, 200}) {
    PlainHead head(hardRows(columns, 50, uint64_t(columns)), columns);
    compare(head, hiddenStates(columns, 11), 2);
  }
}

TEST(Screening, RowsThatDoNotOverflow) {
  PlainHead head(without(hardRows(160, 60, 9), {"overflowing", "large", "any scale", "wide range"}), 160);
  compare(head, hiddenStates(160, 12), 3);
}

TEST(Screening, OrdinaryRows) {
  std::vector<HardRow> rows;
  for (HardRow &row : hardRows(192, 1200, 4))
    if (row.kind == "uniform" || row.kind == "normal")
      rows.push_back(std::move(row));
  PlainHead head(std::move(rows), 192);
  compare(head, hiddenStates(192, 13), 3);
}

TEST(Screening, TiesEverywhere) {
  std::vector<HardRow> rows = hardRows(64, 1, 2);
  std::vector<HardRow> equal;
  for (int i = 0; i < 500; ++i)
    equal.push_back(rows[i % 3 == 1 ? 0 : 1]); // two different rows, each many times
  PlainHead head(std::move(equal), 64);
  compare(head, hiddenStates(64, 14), 3);
}

TEST(Screening, DamagedHiddenStatesAreTheSameErrors) {
  PlainHead head(hardRows(64, 10, 2), 64);
  std::vector<std::vector<float>> states(3, std::vector<float>(64, 0.0f)); // the first one: all logits are 0, or NaN
  states[1][3] = std::numeric_limits<float>::quiet_NaN();
  states[2][3] = std::numeric_limits<float>::infinity();
  compare(head, states, 1);
}

TEST(Screening, HistoryBeyondTheVocabularyIsAnError) {
  PlainHead head(hardRows(64, 10, 2), 64);
  head.hidden = hiddenStates(64, 1)[0];
  Screening screening(int64_t(head.rows.size()), 64, figureArrays(head.figures.data(), int64_t(head.rows.size())));
  Sampler sampler = *Sampler::create({.greedy = true, .repetitionPenalty = 2});
  Result<int32_t> id = screening.sample(head.hidden, sampler, std::vector<int32_t>{100000}, head);
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().message,
            "the history holds the token 100000, there are " + std::to_string(head.rows.size()) + " logits");
}

/// It must pay: of ordinary rows, few are read again and almost none in bf16.
TEST(Screening, ReadsLittle) {
  std::vector<HardRow> rows;
  for (HardRow &row : hardRows(1024, 3000, 6))
    if (row.kind == "uniform")
      rows.push_back(std::move(row));
  size_t count = rows.size();
  PlainHead head(std::move(rows), 1024);
  head.hidden = hiddenStates(1024, 3)[0];
  Screening screening(int64_t(count), 1024, figureArrays(head.figures.data(), int64_t(count)));
  Sampler greedy = *Sampler::create({.greedy = true});
  ASSERT_TRUE(screening.sample(head.hidden, greedy, {}, head));
  const HeadStatistics &counts = screening.statistics();
  EXPECT_EQ(counts.tokens, 1u);
  EXPECT_EQ(counts.fullTokens, 0u);
  EXPECT_EQ(counts.coarseRows, count);
  EXPECT_LT(counts.fineRows, count / 4);
  EXPECT_LT(counts.exactRows, 100u);
  EXPECT_LT(counts.bytes, count * 1024 * 2 / 2);
}
