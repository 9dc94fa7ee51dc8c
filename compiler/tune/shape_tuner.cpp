//===- shape_tuner.cpp - The search for one matrix -------------------------------===//
#include "compiler/tune/shape_tuner.h"

#include <algorithm>

namespace tern {
namespace {

/// Rounds of a step: enough for a median that one busy moment does not move.
constexpr int64_t kRounds = 9;
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

} // namespace

ShapeTuner::ShapeTuner(const TargetInfo &target, int64_t rows, int64_t columns, int64_t block, int64_t threads,
                       std::vector<TuningMeasurement> &measurements, std::function<bool()> stop)
    : target(target), rows(rows), columns(columns), block(block), threads(threads), measurements(measurements),
      stop(std::move(stop)), timer(rows, columns, threads) {}

Result<std::vector<ShapeTuner::Compiled>> ShapeTuner::compileTogether(std::span<const KernelChoice> choices) {
  std::vector<KernelShape> shapes;
  for (const KernelChoice &choice : choices)
    shapes.push_back({rows, columns, block, choice});
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
  // One of them is not possible for this strategy; the others still are.
  std::vector<Compiled> compiled;
  for (const KernelChoice &choice : choices) {
    Result<std::vector<Compiled>> alone = compileTogether({&choice, 1});
    if (alone)
      compiled.push_back(std::move(alone->front()));
  }
  if (compiled.empty())
    return together.error();
  return compiled;
}

std::vector<double> ShapeTuner::measure(std::vector<Compiled> &candidates, bool prefill) {
  int64_t tokens = prefill ? block : 1;
  auto kernelOf = [&](const Compiled &candidate) -> const ProductKernel & {
    return prefill ? candidate.block : candidate.one;
  };
  auto keyOf = [&](const Compiled &candidate) {
    return TuningMeasurement{rows,
                             columns,
                             tokens,
                             threads,
                             candidate.choice.family,
                             candidate.choice.layout,
                             prefill ? candidate.choice.prefill : candidate.choice.decode,
                             0,
                             0};
  };
  auto known = [&](const Compiled &candidate) {
    return std::ranges::find_if(measurements,
                                [&](const TuningMeasurement &measured) { return measured.sameKey(keyOf(candidate)); });
  };
  std::erase_if(candidates, [&](const Compiled &candidate) {
    return known(candidate) == measurements.end() && !timer.isExact(kernelOf(candidate), tokens);
  });
  // Times of different moments are compared only where a step was measured whole.
  bool allKnown = std::ranges::all_of(
      candidates, [&](const Compiled &candidate) { return known(candidate) != measurements.end(); });
  if (!allKnown && !candidates.empty()) {
    std::vector<const ProductKernel *> kernels;
    for (const Compiled &candidate : candidates)
      kernels.push_back(&kernelOf(candidate));
    ColdTimer::Times times = timer.time(kernels, tokens, kRounds, stop);
    for (size_t i = 0; i < candidates.size(); ++i) {
      TuningMeasurement measured = keyOf(candidates[i]);
      measured.nanoseconds = times.nanoseconds[i];
      measured.rounds = times.rounds;
      if (auto old = known(candidates[i]); old != measurements.end())
        *old = measured;
      else
        measurements.push_back(measured);
    }
  }
  std::vector<double> nanoseconds;
  for (const Compiled &candidate : candidates)
    nanoseconds.push_back(known(candidate)->nanoseconds);
  return nanoseconds;
}

Status ShapeTuner::tryLayouts() {
  if (stop())
    return {};
  Result<std::vector<Compiled>> candidates = compile(layoutCandidates(target).choices);
  if (!candidates)
    return candidates.error();
  std::vector<double> one = measure(*candidates, /*prefill=*/false);
  size_t before = candidates->size();
  std::vector<Compiled> kept = *candidates;
  std::vector<double> blocks = measure(kept, /*prefill=*/true);
  if (kept.size() != before || kept.empty())
    return Error{"a kernel for a block of tokens gives wrong sums; please report this as a bug"};
  auto cost = [&](size_t i) { return one[i] + blocks[i] / double(block); };
  size_t best = 0;
  for (size_t i = 1; i < kept.size(); ++i)
    if (cost(i) < cost(best))
      best = i;
  winner = kept[best].choice;
  decodeTime = one[best];
  prefillTime = blocks[best];
  return {};
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
  return tryKernels(decodeCandidates(target, winner), /*prefill=*/false, decodeTime);
}

Status ShapeTuner::tryPrefillKernels() {
  if (stop() || winner.family.empty())
    return {};
  return tryKernels(prefillCandidates(target, winner, block), /*prefill=*/true, prefillTime);
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
    return Error{"the winner of a step does not compile again; please report this as a bug"};
  auto never = [] { return false; };
  const Compiled &won = (*compiled)[0], &old = (*compiled)[1];
  std::vector<const ProductKernel *> ones = {&won.one, &old.one}, blocks = {&won.block, &old.block};
  ColdTimer::Times decode = timer.time(ones, 1, kFinalRounds, never);
  ColdTimer::Times prefill = timer.time(blocks, block, kFinalRounds, never);
  double decodeRatio = medianRatio(decode.perRound[0], decode.perRound[1]);
  double prefillRatio = medianRatio(prefill.perRound[0], prefill.perRound[1]);

  TuningChoice choice;
  choice.rows = rows;
  choice.columns = columns;
  choice.block = block;
  choice.threads = threads;
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
