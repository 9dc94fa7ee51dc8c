//===- sampler.h - Choosing the next token --------------------------------===//
//
// The order and the meaning are those of transformers' logits processors
// (generation/logits_process.py): repetition penalty, temperature, top-k, top-p, min-p; then one
// draw.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <cmath>
#include <cstdint>
#include <optional>
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

  //===-- Without computing every logit (docs/screened-head.md) -----------===//

  /// Whether a token below some logit cannot matter, so that `least` can say below which: not when a draw is among all
  /// tokens, nor when probabilities of all are summed (top-p without top-k), nor when as good as all are kept.
  bool cuts(size_t vocabularySize) const;
  /// How many of the highest logits make `least` a good bound.
  size_t wanted() const { return options.greedy || options.topK == 0 ? 1 : size_t(options.topK); }
  /// A logit below which no token matters, given some tokens' penalised logits; more of them never lower it. -infinity:
  /// unknown.
  float least(std::span<const float> known);
  /// Whether the history changes logits.
  bool penalises() const { return options.repetitionPenalty != 1; }
  /// The logit of a token of the history; monotonous.
  float penalised(float logit) const {
    return logit < 0 ? logit * options.repetitionPenalty : logit / options.repetitionPenalty;
  }
  /// As next() for a vocabulary in which all other tokens' penalised logits are below least(logits): ids in rising
  /// order, penalised logits.
  Result<int32_t> nextAmong(std::span<const int32_t> ids, std::span<const float> logits);

  /// Whether top-p sums the weights of all tokens.
  bool sumsNucleus() const { return !options.greedy && options.topK == 0 && options.topP < 1; }
  /// A token's weight: exp of (logit - highest logit) / temperature.
  double weight(float logit, float highest) const {
    return std::exp((static_cast<double>(logit) - highest) / static_cast<double>(options.temperature));
  }
  /// A logit below which all tokens together weigh less than a thousandth of what top-p leaves out beside the highest
  /// one.
  float negligible(float highest, size_t vocabularySize) const;
  /// How many tokens top-p keeps, given the highest logits in falling order and bounds of what all other tokens weigh;
  /// nothing when the bounds leave it open.
  std::optional<size_t> nucleus(std::span<const float> falling, double othersLow, double othersHigh,
                                size_t vocabularySize) const;
  /// As next() when top-p keeps exactly these tokens, in falling order of penalised logits.
  Result<int32_t> nextOfNucleus(std::span<const int32_t> ids, std::span<const float> falling);

private:
  struct Candidate {
    int32_t id;
    float logit;
    double weight; ///< exp of (logit - highest logit) / temperature
  };
  explicit Sampler(const SamplingOptions &options) : options(options), random(options.seed) {}
  Status penalise(std::span<const float> logits, std::span<const int32_t> history);
  /// From penalised logits; without ids, a logit's place is its id.
  Result<int32_t> choose(std::span<const int32_t> ids, std::span<const float> logits);
  void takeTopK(std::span<const int32_t> ids, std::span<const float> logits);
  void takeTopP();
  void takeMinP();
  int32_t draw();

  SamplingOptions options;
  std::mt19937_64 random; ///< its sequence is fixed by the C++ standard
  // Kept from call to call for their memory.
  std::vector<float> penalisedLogits, ordered;
  std::vector<Candidate> candidates;
};

} // namespace tern
