//===- summary.h - Time by operator ---------------------------------------------===//
#pragma once

#include "runtime/step/profiler.h"

#include <string>
#include <vector>

namespace tern {

/// One operator, or the same operator of all layers together.
struct OperatorTime {
  std::string stage;           ///< "matmul blk.0.ffn_down", or "matmul blk.*.ffn_down"
  std::string part;            ///< of a profile: "products"
  uint64_t calls = 0;          ///< of a thread
  std::vector<double> seconds; ///< by thread
  double weightBytes = 0;      ///< read from the weights in all calls, by all threads together

  double mean() const;    ///< seconds of a thread
  double balance() const; ///< least over most busy thread; 1 when all took the same time
  double longest() const; ///< seconds of the busiest thread
};

/// All decode steps, or all prefill steps.
struct StepProfile {
  bool decode = true;
  uint64_t steps = 0, tokens = 0;
  double seconds = 0;                  ///< of all steps
  std::vector<OperatorTime> operators; ///< most time first
};

/// `mergeLayers`: operators that differ only in the layer's number are one.
std::vector<StepProfile> summarize(const Profiler &profiler, bool mergeLayers);

/// Time of a kind of work: "products", "attention", "norms and codes", "elementwise" (what the operators say of
/// themselves, Manifest::stageParts), "head" for all that the output head does, and "waiting".
struct PartTime {
  std::string part;
  double seconds = 0; ///< of a thread
};
/// The operators of a profile by kind of work, most time first.
std::vector<PartTime> timeByPart(const StepProfile &profile);

/// The summary for people: a table for decode and one for prefill.
std::string profileText(const std::vector<StepProfile> &profiles);

} // namespace tern
