//===- sampler.h - Choosing the next token --------------------------------===//
//
// The order and the meaning are those of transformers' logits processors
// (generation/logits_process.py): repetition penalty, temperature, top-k, top-p, min-p; then one
// draw.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace tern {

/// Probabilities are those after the step before, of which the left-out tokens have none.
struct SamplingOptions {
  /// Take the lowest id among the highest logits; of the rest only repetitionPenalty counts.
  bool greedy = false;
  /// Divides the logits; > 0, finite.
  float temperature = 1;
  /// Keep the tokens whose logit is at least the topK-th highest; >= 0, 0 keeps all.
  int32_t topK = 0;
  /// Keep the most probable tokens up to the one that brings their sum to topP; in (0, 1], 1 keeps
  /// all.
  float topP = 1;
  /// Keep the tokens that are at least minP times as probable as the most probable one; in [0, 1].
  float minP = 0;
  /// Divides the positive logits, and multiplies the negative ones, of tokens that are in the
  /// history; > 0, finite, 1 changes nothing.
  float repetitionPenalty = 1;
  uint64_t seed = 0;

  /// The error names the option and its range.
  Status check() const;
};

/// Draws token ids. The random numbers for a seed are the same on every platform.
class Sampler {
public:
  /// An error if the options are out of range.
  static Result<Sampler> create(const SamplingOptions &options);

  /// The next id, 0 .. logits.size()-1. `history`: the ids of prompt and answer so far. Errors: no
  /// logits; a NaN or +infinity among them, or nothing but -infinity; an id of the history beyond
  /// them.
  Result<int32_t> next(std::span<const float> logits, std::span<const int32_t> history);

private:
  struct Candidate {
    int32_t id;
    float logit;
    double weight; ///< exp of (logit - highest logit) / temperature
  };
  explicit Sampler(const SamplingOptions &options) : options(options), random(options.seed) {}
  Status penalise(std::span<const float> logits, std::span<const int32_t> history);
  void takeTopK(std::span<const float> logits);
  void takeTopP();
  int32_t draw();

  SamplingOptions options;
  std::mt19937_64 random; ///< its sequence is fixed by the C++ standard
  // Kept from call to call for their memory.
  std::vector<float> penalised, ordered;
  std::vector<Candidate> candidates;
};

} // namespace tern
