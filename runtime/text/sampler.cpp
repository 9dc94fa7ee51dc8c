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

/// The first place of the highest logit. -1: a NaN.
static int64_t highest(std::span<const float> logits) {
  size_t best = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i]))
      return -1;
    if (logits[i] > logits[best])
      best = i;
  }
  return static_cast<int64_t>(best);
}

Status Sampler::penalise(std::span<const float> logits, std::span<const int32_t> history) {
  penalisedLogits.assign(logits.begin(), logits.end());
  for (int32_t id : history) {
    if (id < 0 || static_cast<size_t>(id) >= logits.size())
      return Error{"the history holds the token " + std::to_string(id) + ", there are " +
                   std::to_string(logits.size()) + " logits"};
    // From the given logit, so that a token counts once however often it occurred.
    penalisedLogits[id] = penalised(logits[id]);
  }
  return {};
}

/// Fills `candidates`, in the order of ids.
void Sampler::takeTopK(std::span<const int32_t> ids, std::span<const float> logits) {
  float least = -std::numeric_limits<float>::infinity();
  if (options.topK > 0 && static_cast<size_t>(options.topK) < logits.size()) {
    ordered.assign(logits.begin(), logits.end());
    auto last = ordered.begin() + options.topK - 1;
    std::nth_element(ordered.begin(), last, ordered.end(), std::greater<>());
    least = *last;
  }
  candidates.clear();
  for (size_t i = 0; i < logits.size(); ++i)
    if (logits[i] >= least)
      candidates.push_back({ids.empty() ? static_cast<int32_t>(i) : ids[i], logits[i], 0});
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
  double point = static_cast<double>(random() >> 11) * 0x1p-53 * total; // 53 random bits: [0, total)
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
  if (penalises()) {
    if (Status status = penalise(logits, history); !status)
      return status.error();
    logits = penalisedLogits;
  }
  return choose({}, logits);
}

Result<int32_t> Sampler::nextAmong(std::span<const int32_t> ids, std::span<const float> logits) {
  return choose(ids, logits);
}

Result<int32_t> Sampler::choose(std::span<const int32_t> ids, std::span<const float> logits) {
  int64_t best = highest(logits);
  if (best < 0)
    return Error{"a logit is not a number; the model or its input is damaged"};
  if (std::isinf(logits[best]))
    return Error{"the highest logit is infinite; the model or its input is damaged"};
  if (options.greedy)
    return ids.empty() ? static_cast<int32_t>(best) : ids[best];

  takeTopK(ids, logits);
  for (Candidate &candidate : candidates)
    candidate.weight = weight(candidate.logit, logits[best]);
  if (options.topP < 1)
    takeTopP();
  takeMinP();
  return draw();
}

void Sampler::takeMinP() {
  if (options.minP > 0) // the most probable one has weight 1
    std::erase_if(candidates, [&](const Candidate &c) { return c.weight < options.minP; });
}

//===-- Without computing every logit -------------------------------------===//

bool Sampler::cuts(size_t vocabularySize) const {
  if (options.greedy)
    return true;
  if (options.topK > 0)
    return static_cast<size_t>(options.topK) <= vocabularySize / 16;
  return options.topP == 1 && options.minP > 0;
}

float Sampler::least(std::span<const float> known) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (known.empty())
    return -infinity;
  float best = *std::ranges::max_element(known);
  if (options.greedy)
    return best;
  float least = -infinity;
  if (size_t(options.topK) <= known.size() && options.topK > 0) {
    ordered.assign(known.begin(), known.end());
    std::ranges::nth_element(ordered, ordered.begin() + options.topK - 1, std::greater<>());
    least = ordered[size_t(options.topK) - 1];
  }
  // With top-p between, top-k's tokens are all summed before min-p leaves some out.
  if (options.minP > 0 && options.topP == 1) {
    // A weight that rounds to minP or more has (logit - best) / temperature >= log(minP) but for a few roundings of
    // 2^-53.
    double logarithm = std::log(static_cast<double>(options.minP));
    double lowest = best + static_cast<double>(options.temperature) * (logarithm - 1e-12 * (1 - logarithm));
    lowest -= 1e-12 * std::fabs(best);
    least = std::max(least, std::nextafter(static_cast<float>(lowest), -infinity));
  }
  return least;
}

float Sampler::negligible(float highest, size_t vocabularySize) const {
  double share = (1 - static_cast<double>(options.topP)) * 1e-3 / static_cast<double>(vocabularySize);
  return static_cast<float>(highest + static_cast<double>(options.temperature) * std::log(share));
}

std::optional<size_t> Sampler::nucleus(std::span<const float> falling, double othersLow, double othersHigh,
                                       size_t vocabularySize) const {
  double known = 0;
  for (float logit : falling)
    known += weight(logit, falling[0]);
  // next() sums all weights in the order of ids, here they are summed in parts: both are off by at most 2^-53 for each
  // of them.
  double slack = 1e-9 + static_cast<double>(vocabularySize) * 0x1p-51;
  double least = options.topP * ((known + othersLow) * (1 - slack)),
         most = options.topP * ((known + othersHigh) * (1 + slack));
  double sum = 0;
  for (size_t size = 0; size < falling.size();) {
    sum += weight(falling[size++], falling[0]);
    if (sum >= most)
      return size;
    if (sum >= least)
      return std::nullopt;
  }
  return std::nullopt;
}

Result<int32_t> Sampler::nextOfNucleus(std::span<const int32_t> ids, std::span<const float> falling) {
  candidates.clear();
  for (size_t i = 0; i < ids.size(); ++i)
    candidates.push_back({ids[i], falling[i], weight(falling[i], falling[0])});
  takeMinP();
  return draw();
}

} // namespace tern
