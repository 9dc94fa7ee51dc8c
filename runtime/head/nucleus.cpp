//===- nucleus.cpp - Top-p over all tokens, from bounds of their mass -----===//
//
// Top-p without top-k compares sums of the highest weights with a fraction of the sum of all. The sum of the rows that
// were not computed lies between the sums of their intervals' ends; rows are computed until every value between gives
// the same nucleus.
//
//===----------------------------------------------------------------------===//
#include "runtime/head/screening.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tern {

static constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Which rows beyond this fraction of the vocabulary a nucleus needs is dearer to find out than to compute all.
static constexpr int64_t kMostFraction = 32;
/// Tokens that go straight to all rows after so many searches failed in a row: 2^failures, at most this.
static constexpr uint64_t kLongestPause = 64;

Result<int32_t> Screening::sampleNucleus(const LogitBounds &bounds, Sampler &sampler, std::span<const int32_t> history,
                                         HeadRows &head) {
  auto giveUp = [&] {
    pause = std::min(kLongestPause, uint64_t(1) << std::min<uint64_t>(++failures, 6));
    return sampleAll(sampler, history, head);
  };
  size_t most = size_t(rows / kMostFraction);
  float best = *std::ranges::max_element(knownLogits);
  if (!std::isfinite(best) || std::ranges::any_of(knownLogits, [](float logit) { return std::isnan(logit); }))
    return giveUp(); // the full sampler says what is wrong

  // Fine codes for all but rows that have no weight to speak of, and the true best: weights are relative to it.
  survivors = allRows;
  keepReachable(sampler.negligible(best, size_t(rows)), survivors);
  refine(bounds, sampler, head);
  keepReachable(best, survivors);
  if (survivors.size() > most)
    return giveUp();
  compute(survivors, sampler, head);
  best = *std::ranges::max_element(knownLogits);
  if (!std::isfinite(best) || std::ranges::any_of(knownLogits, [](float logit) { return std::isnan(logit); }))
    return giveUp();

  survivors = allRows;
  keepReachable(-kInfinity, survivors);
  double low = 0, high = 0;
  for (int32_t row : survivors) {
    low += sampler.weight(lower[size_t(row)], best);
    high += sampler.weight(upper[size_t(row)], best);
  }
  auto likelier = [&](int32_t a, int32_t b) { return upper[size_t(a)] > upper[size_t(b)]; };
  std::vector<int32_t> order, ids;
  while (true) {
    order.resize(knownIds.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, [&](int32_t a, int32_t b) {
      float left = knownLogits[size_t(a)], right = knownLogits[size_t(b)];
      return left != right ? left > right : knownIds[size_t(a)] < knownIds[size_t(b)];
    });
    ids.clear();
    scratch.clear();
    for (int32_t i : order) {
      ids.push_back(knownIds[size_t(i)]);
      scratch.push_back(knownLogits[size_t(i)]);
    }
    size_t group = std::min(3 * knownIds.size(), survivors.size());
    std::ranges::nth_element(survivors, survivors.begin() + std::ptrdiff_t(group) - (group > 0), likelier);
    float highestLeft = -kInfinity;
    for (size_t i = 0; i < group; ++i)
      highestLeft = std::max(highestLeft, upper[size_t(survivors[i])]);
    // The nucleus is of the highest logits of all when nothing left reaches its last one.
    std::optional<size_t> size = sampler.nucleus(scratch, std::max(low, 0.0), high, size_t(rows));
    if (size && highestLeft < scratch[*size - 1]) {
      failures = 0;
      return sampler.nextOfNucleus(std::span(ids).first(*size), std::span(scratch).first(*size));
    }
    if (knownIds.size() + group > most || group == 0)
      return giveUp();
    std::vector<int32_t> next(survivors.begin(), survivors.begin() + std::ptrdiff_t(group));
    survivors.erase(survivors.begin(), survivors.begin() + std::ptrdiff_t(group));
    for (int32_t row : next) {
      low -= sampler.weight(lower[size_t(row)], best);
      high -= sampler.weight(upper[size_t(row)], best);
    }
    compute(std::move(next), sampler, head);
    if (std::ranges::any_of(knownLogits, [](float logit) { return std::isnan(logit); }))
      return giveUp();
  }
}

} // namespace tern
