//===- shape_tuner.h - The search for one matrix ---------------------------------===//
#pragma once

#include "compiler/jit/kernel_library.h"
#include "compiler/tune/candidates.h"
#include "compiler/tune/cold_timer.h"
#include "compiler/tune/tune.h"

#include <functional>
#include <optional>

namespace tern {

/// Finds layout and kernels for one product, search by search (candidates.h). A layout is judged by the time of one
/// token decoded and one token of prompt.
class ShapeTuner {
public:
  ShapeTuner(const TargetInfo &target, const TunedProduct &product, std::vector<TuningMeasurement> &measurements,
             std::function<bool()> stop);

  /// Each returns an error when kernels cannot be compiled. After `stop` they return at once and
  /// leave the best so far.
  Status tryFamilies();
  Status tryTiles();
  Status tryDecodeKernels();
  Status tryPrefillKernels();
  /// Measures the winner and the default side by side, whatever `stop` says, and gives the choice.
  /// Nothing when no layouts were measured.
  Result<std::optional<TuningChoice>> conclude();

  const KernelChoice &best() const { return winner; }
  double bestNanoseconds() const { return decodeTime; }

private:
  /// One candidate compiled: its kernel for one token and that for a block.
  struct Compiled {
    KernelChoice choice;
    ProductKernel one, block;
  };
  /// Those of the choices that compile, an error when none does.
  Result<std::vector<Compiled>> compile(std::span<const KernelChoice> choices);
  Result<std::vector<Compiled>> compileTogether(std::span<const KernelChoice> choices);
  TuningMeasurement keyOf(const Compiled &candidate, bool prefill) const;
  /// Nothing when the candidate was not measured.
  const TuningMeasurement *known(const Compiled &candidate, bool prefill) const;
  void timeAndKeep(const std::vector<Compiled> &candidates, bool prefill, int64_t rounds);
  /// Median ns for each, measured or known; drops kernels whose sums are wrong.
  std::vector<double> measure(std::vector<Compiled> &candidates, bool prefill);
  /// Measures layouts and takes the best for the winner; the others that come near are remembered.
  Status judgeLayouts(const CandidateList &list);
  Status tryKernels(const CandidateList &list, bool prefill, double &bestTime);

  const TargetInfo &target;
  TunedProduct product;
  std::vector<TuningMeasurement> &measurements;
  std::function<bool()> stop;
  ColdTimer timer;
  KernelChoice winner;
  std::vector<KernelChoice> nearWinner;   ///< it and those that come near, best first
  double decodeTime = 0, prefillTime = 0; ///< of the winner; 0: not measured
};

} // namespace tern
