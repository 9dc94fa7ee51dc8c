//===- shape_tuner.cpp - The search for one matrix -------------------------------===//
#include "compiler/tune/shape_tuner.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace tern {
namespace {

/// Rounds of a search: enough for a median that one busy moment does not move.
constexpr int64_t kRounds = 9;
/// Rounds for all candidates, after which those that are this much slower than the fastest are left.
constexpr int64_t kFirstRounds = 3;
constexpr double kFarOff = 1.5;
/// Families whose tiles are varied: so many at most, and this near to the fastest with its own tile.
constexpr size_t kVariedFamilies = 3;
constexpr double kNear = 1.3;
/// Rounds of the last comparison, winner against default.
constexpr int64_t kFinalRounds = 25;
/// What the winner must gain over the default to be taken: less is noise.
constexpr double kWorthwhile = 0.98;
/// How much slower one step may look while the other gains: medians of equal kernels differ by this.
constexpr double kNoise = 1.01;

double medianRatio(const std::vector<double> &a, const std::vector<double> &b) {
  std::vector<double> ratios;
  for (size_t i = 0; i < a.size(); ++i)
    ratios.push_back(a[i] / b[i]);
  auto middle = ratios.begin() + std::ptrdiff_t(ratios.size() / 2);
  std::ranges::nth_element(ratios, middle);
  return *middle;
}

Error wrongBlock() { return {"a kernel for a block of tokens gives wrong sums; please report this as a bug"}; }

} // namespace

ShapeTuner::ShapeTuner(const TargetInfo &target, const TunedProduct &product,
                       std::vector<TuningMeasurement> &measurements, std::function<bool()> stop)
    : target(target), product(product), measurements(measurements), stop(std::move(stop)),
      timer(product.rows, product.columns, product.threads) {}

Result<std::vector<ShapeTuner::Compiled>> ShapeTuner::compileTogether(std::span<const KernelChoice> choices) {
  std::vector<KernelShape> shapes;
  for (const KernelChoice &choice : choices)
    shapes.push_back({product.rows, product.columns, product.block, choice});
  Result<std::vector<ProductKernel>> products = compileProducts(target, "", shapes);
  if (!products)
    return products.error();
  std::vector<Compiled> compiled;
  for (size_t i = 0; i < choices.size(); ++i)
    compiled.push_back({choices[i], (*products)[i], (*products)[choices.size() + i]});
  return compiled;
}

Result<std::vector<ShapeTuner::Compiled>> ShapeTuner::compile(std::span<const KernelChoice> choices) {
  Result<std::vector<Compiled>> together = compileTogether(choices);
  if (together || choices.size() == 1)
    return together;
  // One of them is not possible for its strategy, which phase tiled says: halving finds it before any code is made.
  std::vector<Compiled> compiled;
  for (auto half : {choices.first(choices.size() / 2), choices.subspan(choices.size() / 2)})
    if (Result<std::vector<Compiled>> part = compile(half))
      std::ranges::move(*part, std::back_inserter(compiled));
  if (compiled.empty())
    return together.error();
  return compiled;
}

TuningMeasurement ShapeTuner::keyOf(const Compiled &candidate, bool prefill) const {
  TuningMeasurement key;
  key.rows = product.rows;
  key.columns = product.columns;
  key.tokens = prefill ? product.block : 1;
  key.threads = product.threads;
  key.family = candidate.choice.family;
  key.layout = candidate.choice.layout;
  key.kernel = prefill ? candidate.choice.prefill : candidate.choice.decode;
  return key;
}

const TuningMeasurement *ShapeTuner::known(const Compiled &candidate, bool prefill) const {
  TuningMeasurement key = keyOf(candidate, prefill);
  auto at = std::ranges::find_if(measurements, [&](const TuningMeasurement &m) { return m.sameKey(key); });
  return at == measurements.end() ? nullptr : &*at;
}

void ShapeTuner::timeAndKeep(const std::vector<Compiled> &candidates, bool prefill, int64_t rounds) {
  std::vector<const ProductKernel *> kernels;
  for (const Compiled &candidate : candidates)
    kernels.push_back(prefill ? &candidate.block : &candidate.one);
  ColdTimer::Times times = timer.time(kernels, prefill ? product.block : 1, rounds, stop);
  for (size_t i = 0; i < candidates.size(); ++i) {
    TuningMeasurement measured = keyOf(candidates[i], prefill);
    measured.nanoseconds = times.nanoseconds[i];
    measured.rounds = times.rounds;
    auto old = std::ranges::find_if(measurements, [&](const TuningMeasurement &m) { return m.sameKey(measured); });
    if (old != measurements.end())
      *old = measured;
    else
      measurements.push_back(measured);
  }
}

std::vector<double> ShapeTuner::measure(std::vector<Compiled> &candidates, bool prefill) {
  std::erase_if(candidates, [&](const Compiled &candidate) {
    return !known(candidate, prefill) &&
           !timer.isExact(prefill ? candidate.block : candidate.one, prefill ? product.block : 1);
  });
  // Times of different moments are compared only where a search was measured whole.
  bool allKnown = std::ranges::all_of(candidates, [&](const Compiled &c) { return known(c, prefill) != nullptr; });
  if (!allKnown) {
    timeAndKeep(candidates, prefill, kFirstRounds);
    double least = known(*std::ranges::min_element(candidates, {},
                                                   [&](const Compiled &c) { return known(c, prefill)->nanoseconds; }),
                         prefill)
                       ->nanoseconds;
    std::vector<Compiled> close;
    std::ranges::copy_if(candidates, std::back_inserter(close),
                         [&](const Compiled &c) { return known(c, prefill)->nanoseconds <= kFarOff * least; });
    timeAndKeep(close, prefill, kRounds);
  }
  std::vector<double> nanoseconds;
  for (const Compiled &candidate : candidates)
    nanoseconds.push_back(known(candidate, prefill)->nanoseconds);
  return nanoseconds;
}

Status ShapeTuner::judgeLayouts(const CandidateList &list) {
  Result<std::vector<Compiled>> compiled = compile(list.choices);
  if (!compiled)
    return compiled.error();
  std::vector<Compiled> candidates = std::move(*compiled);
  std::vector<double> one = measure(candidates, /*prefill=*/false);
  if (candidates.empty())
    return {};
  // A layout whose decode alone takes longer than all of the fastest decoder's is not tried on blocks.
  auto fastest = size_t(std::ranges::min_element(one) - one.begin());
  std::vector<Compiled> first = {candidates[fastest]};
  std::vector<double> block = measure(first, /*prefill=*/true);
  if (block.empty())
    return wrongBlock();
  double bound = one[fastest] + block.front() / double(product.block);
  std::vector<Compiled> kept;
  std::vector<double> decode;
  for (size_t i = 0; i < candidates.size(); ++i)
    if (one[i] <= bound) {
      kept.push_back(candidates[i]);
      decode.push_back(one[i]);
    }
  std::vector<double> blocks = measure(kept, /*prefill=*/true);
  if (kept.size() != decode.size())
    return wrongBlock();
  std::vector<size_t> order(kept.size());
  std::iota(order.begin(), order.end(), size_t(0));
  auto cost = [&](size_t i) { return decode[i] + blocks[i] / double(product.block); };
  std::ranges::sort(order, {}, cost);
  winner = kept[order.front()].choice;
  decodeTime = decode[order.front()];
  prefillTime = blocks[order.front()];
  nearWinner.clear();
  for (size_t i : order)
    if (cost(i) <= kNear * cost(order.front()) && nearWinner.size() < kVariedFamilies)
      nearWinner.push_back(kept[i].choice);
  return {};
}

Status ShapeTuner::tryFamilies() {
  if (stop())
    return {};
  return judgeLayouts(familyCandidates(target, product));
}

Status ShapeTuner::tryTiles() {
  if (stop() || nearWinner.empty())
    return {};
  return judgeLayouts(tileCandidates(target, product, nearWinner));
}

Status ShapeTuner::tryKernels(const CandidateList &list, bool prefill, double &bestTime) {
  Result<std::vector<Compiled>> candidates = compile(list.choices);
  if (!candidates)
    return candidates.error();
  std::vector<double> times = measure(*candidates, prefill);
  if (times.empty())
    return {};
  auto best = size_t(std::ranges::min_element(times) - times.begin());
  winner = (*candidates)[best].choice;
  bestTime = times[best];
  return {};
}

Status ShapeTuner::tryDecodeKernels() {
  if (stop() || winner.family.empty())
    return {};
  return tryKernels(decodeCandidates(target, product, winner), /*prefill=*/false, decodeTime);
}

Status ShapeTuner::tryPrefillKernels() {
  if (stop() || winner.family.empty())
    return {};
  return tryKernels(prefillCandidates(target, product, winner), /*prefill=*/true, prefillTime);
}

Result<std::optional<TuningChoice>> ShapeTuner::conclude() {
  if (winner.family.empty())
    return std::optional<TuningChoice>();
  KernelChoice standard = defaultChoice(target);
  std::vector<KernelChoice> both = {winner, standard};
  Result<std::vector<Compiled>> compiled = compile(both);
  if (!compiled)
    return compiled.error();
  if (compiled->size() != both.size())
    return Error{"the winner of a search does not compile again; please report this as a bug"};
  auto never = [] { return false; };
  const Compiled &won = (*compiled)[0], &old = (*compiled)[1];
  std::vector<const ProductKernel *> ones = {&won.one, &old.one}, blocks = {&won.block, &old.block};
  ColdTimer::Times decode = timer.time(ones, 1, kFinalRounds, never);
  ColdTimer::Times prefill = timer.time(blocks, product.block, kFinalRounds, never);
  double decodeRatio = medianRatio(decode.perRound[0], decode.perRound[1]);
  double prefillRatio = medianRatio(prefill.perRound[0], prefill.perRound[1]);

  TuningChoice choice;
  choice.rows = product.rows;
  choice.columns = product.columns;
  choice.block = product.block;
  choice.threads = product.threads;
  choice.kernel = standard;
  choice.decode = MeasuredTime{decode.nanoseconds[1], decode.nanoseconds[1]};
  choice.prefill = MeasuredTime{prefill.nanoseconds[1], prefill.nanoseconds[1]};
  // A layout serves both steps. It is taken where one gets faster and the other not slower.
  bool sameLayout = winner.family == standard.family && winner.layout == standard.layout;
  bool neverSlower = decodeRatio <= kNoise && prefillRatio <= kNoise;
  bool decodeWins = decodeRatio < kWorthwhile, prefillWins = prefillRatio < kWorthwhile;
  if (!sameLayout && (!neverSlower || !(decodeWins || prefillWins)))
    return std::optional(choice);
  if (!sameLayout)
    choice.kernel = winner;
  if (!sameLayout || decodeWins) {
    choice.kernel.decode = winner.decode;
    choice.decode->chosen = decode.nanoseconds[0];
  }
  if (!sameLayout || prefillWins) {
    choice.kernel.prefill = winner.prefill;
    choice.prefill->chosen = prefill.nanoseconds[0];
  }
  return std::optional(choice);
}

} // namespace tern
