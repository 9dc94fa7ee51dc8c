//===- tune.h - The best kernels for a model on this machine -------------------===//
#pragma once

#include "compiler/target/target.h"
#include "compiler/tune/model_shapes.h"
#include "lib/base/result.h"
#include "lib/tuning/tuning_file.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tern {

/// Where a run stands, told before every search.
struct TuneProgress {
  size_t shape, shapes; ///< number of the shape at hand, and how many there are
  int64_t rows, columns, threads;
  const char *search;        ///< "families", "tiles", "decode", "prefill" or "check"
  std::string best;          ///< family and kernel
  double bestNanoseconds;    ///< of one token; 0 when nothing is measured yet
  std::chrono::seconds left; ///< what the rest will take, at most the budget
};

struct TuneOptions {
  std::vector<int64_t> threads = {1}; ///< each shape is tuned for each of these
  std::chrono::milliseconds budget{60'000};
  std::function<void(const TuneProgress &)> progress;
  /// Told at the start and after each shape, so that nothing is lost; an error ends the run.
  std::function<Status(const TuningFile &)> keep;
  std::function<bool()> interrupted; ///< asked between measurements; then what is there is returned
};

/// Tunes for this machine. Choices and measurements of `known` for the same CPU, features and
/// version are kept and not measured again, so that a run that was cut short goes on. A shape whose
/// choice did not fit into the budget has none. Every kernel that is chosen gave the scalar
/// product's sums, and beat the default when both were measured again side by side; otherwise the
/// choice is the default.
Result<TuningFile> tuneModel(const ModelShapes &model, const TargetInfo &target, const TuneOptions &options,
                             const TuningFile &known);

/// A line for each shape and number of threads: what was chosen and how much faster than the default it was, or that
/// there is no choice yet.
std::string summary(const ModelShapes &model, const TuneOptions &options, const TuningDevice &device);

/// The device of the file that stands for this target and version of the compiler; added when there is none.
TuningDevice &deviceFor(TuningFile &file, const TargetInfo &target);

} // namespace tern
