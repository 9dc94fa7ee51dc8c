//===- sampler.cpp - Choosing the next token ------------------------------===//
#include "runtime/text/sampler.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

namespace tern {

Status SamplingOptions::check() const {
  // Written so that a NaN fails.
  if (!(temperature > 0 && std::isfinite(temperature)))
    return Error{"temperature must be greater than 0; for the most probable token choose greedy"};
  if (topK < 0)
    return Error{"top-k must be at least 0 (0: off)"};
  if (!(topP > 0 && topP <= 1))
    return Error{"top-p must be greater than 0 and at most 1 (1: off)"};
  if (!(minP >= 0 && minP <= 1))
    return Error{"min-p must be from 0 to 1 (0: off)"};
  if (!(repetitionPenalty > 0 && std::isfinite(repetitionPenalty)))
    return Error{"repetition penalty must be greater than 0 (1: off)"};
  return {};
}

Result<Sampler> Sampler::create(const SamplingOptions &options) {
  if (Status status = options.check(); !status)
    return status.error();
  return Sampler(options);
}

/// The lowest id of the highest logit. -1: a NaN.
static int32_t highest(std::span<const float> logits) {
  size_t best = 0;
  for (size_t id = 0; id < logits.size(); ++id) {
    if (std::isnan(logits[id]))
      return -1;
    if (logits[id] > logits[best])
      best = id;
  }
  return static_cast<int32_t>(best);
}

Status Sampler::penalise(std::span<const float> logits, std::span<const int32_t> history) {
  penalised.assign(logits.begin(), logits.end());
  for (int32_t id : history) {
    if (id < 0 || static_cast<size_t>(id) >= logits.size())
      return Error{"the history holds the token " + std::to_string(id) + ", there are " +
                   std::to_string(logits.size()) + " logits"};
    // From the given logit, so that a token counts once however often it occurred.
    float logit = logits[id];
    penalised[id] =
        logit < 0 ? logit * options.repetitionPenalty : logit / options.repetitionPenalty;
  }
  return {};
}

/// Fills `candidates`, in the order of ids.
void Sampler::takeTopK(std::span<const float> logits) {
  float least = -std::numeric_limits<float>::infinity();
  if (options.topK > 0 && static_cast<size_t>(options.topK) < logits.size()) {
    ordered.assign(logits.begin(), logits.end());
    auto last = ordered.begin() + options.topK - 1;
    std::nth_element(ordered.begin(), last, ordered.end(), std::greater<>());
    least = *last;
  }
  candidates.clear();
  for (size_t id = 0; id < logits.size(); ++id)
    if (logits[id] >= least)
      candidates.push_back({static_cast<int32_t>(id), logits[id], 0});
}

/// Leaves the most probable candidates, in falling order. A heap: mostly a few of many are taken.
void Sampler::takeTopP() {
  auto lessProbable = [](const Candidate &a, const Candidate &b) {
    return a.logit != b.logit ? a.logit < b.logit : a.id > b.id;
  };
  double total = 0;
  for (const Candidate &candidate : candidates)
    total += candidate.weight;
  std::make_heap(candidates.begin(), candidates.end(), lessProbable);
  double sum = 0;
  auto taken = candidates.end();
  while (taken != candidates.begin() && sum < options.topP * total) {
    std::pop_heap(candidates.begin(), taken, lessProbable);
    sum += (--taken)->weight;
  }
  candidates.erase(candidates.begin(), taken);
  std::ranges::reverse(candidates);
}

int32_t Sampler::draw() {
  double total = 0;
  for (const Candidate &candidate : candidates)
    total += candidate.weight;
  double point =
      static_cast<double>(random() >> 11) * 0x1p-53 * total; // 53 random bits: [0, total)
  // Rounding can leave the point at the end of the last interval.
  int32_t chosen = candidates.front().id;
  for (const Candidate &candidate : candidates) {
    if (candidate.weight == 0)
      continue;
    chosen = candidate.id;
    point -= candidate.weight;
    if (point < 0)
      break;
  }
  return chosen;
}

Result<int32_t> Sampler::next(std::span<const float> logits, std::span<const int32_t> history) {
  if (logits.empty())
    return Error{"there are no logits to sample from"};
  if (options.repetitionPenalty != 1) {
    if (Status status = penalise(logits, history); !status)
      return status.error();
    logits = penalised;
  }
  int32_t best = highest(logits);
  if (best < 0)
    return Error{"a logit is not a number; the model or its input is damaged"};
  if (std::isinf(logits[best]))
    return Error{"the highest logit is infinite; the model or its input is damaged"};
  if (options.greedy)
    return best;

  takeTopK(logits);
  for (Candidate &candidate : candidates)
    candidate.weight = std::exp((static_cast<double>(candidate.logit) - logits[best]) /
                                static_cast<double>(options.temperature));
  if (options.topP < 1)
    takeTopP();
  if (options.minP > 0) // the most probable one has weight 1
    std::erase_if(candidates, [&](const Candidate &c) { return c.weight < options.minP; });
  return draw();
}

} // namespace tern
