//===- model_bench.h - A model's speed beside the machine's ceilings ----------===//
#pragma once

#include "lib/base/result.h"
#include "lib/object/byte_model.h"
#include "runtime/measure/bench/ceilings.h"
#include "runtime/measure/bench/statistics.h"
#include "runtime/measure/profile/summary.h"
#include "runtime/model/model.h"

#include <functional>
#include <memory>
#include <vector>

namespace tern {

struct ModelBenchOptions {
  int64_t promptTokens = 512, decodeTokens = 128; ///< of one run; 0: not measured
  int64_t depth = 0;                              ///< positions before them
  std::vector<int64_t> threads = {1};
  int64_t repetitions = 5;
  bool fullHead = false; ///< compute every logit though the model could screen
  /// Told before each timed run, for a person who waits.
  std::function<void(size_t done, size_t total)> progress;
};

/// One test in all rounds. What a virtual machine reads changes within seconds (two threads on Zen 4: 34 or 60 GB/s),
/// so each run has its own ceiling, measured right before and after it.
struct TestFigures {
  Sample speed; ///< tokens per second
  Sample peak;  ///< bytes or multiply-adds per second, the mean of before and after

  /// The median of the rounds' speeds over their ceilings; a token costs `perToken` bytes or multiply-adds.
  double ofCeiling(double perToken) const;
};

/// Figures of one number of threads.
struct ModelFigures {
  int64_t threads = 0;
  TestFigures prefill, decode;
  Ceilings ceilings;
};

struct ModelReport {
  ModelBenchOptions options;
  TokenCost cost;     ///< of a decoded token at the mean context
  double context = 0; ///< that mean
  std::vector<ModelFigures> figures;
  StepProfile decodeProfile; ///< of some decode steps with the most threads, beside the timed ones
  int64_t profileThreads = 0;

  double decodeBytes() const { return cost.bytes(); }
  double prefillMacs() const { return std::max(cost.ternaryMacs, 1.0); }
  Json toJson(const Model &model) const;
};

/// Runs prefill and decode of made-up tokens in interleaved rounds over all numbers of threads, and measures the
/// ceilings in the same rounds. An error when the context has no room for the tokens, or
/// the system none for the threads.
Result<ModelReport> benchModel(const std::shared_ptr<Model> &model, const ModelBenchOptions &options);

} // namespace tern
