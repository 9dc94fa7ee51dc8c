//===- output_head.h - From hidden states to logits and tokens ------------===//
#pragma once

#include "runtime/head/screening.h"
#include "runtime/step/step_runner.h"

#include <optional>

namespace tern {

/// The output head of a decoder of text: runs the model's head functions. The runner must outlive it.
class OutputHead final : HeadRows {
public:
  /// Fails when the model has no output head.
  static Result<std::unique_ptr<OutputHead>> create(StepRunner &runner);

  /// Logits of `count` hidden states one after the other, [count][vocab_size].
  void logits(const float *hidden, uint64_t count, float *out);
  /// The token that sampler.next(logits of this hidden state, history) gives.
  Result<int32_t> sample(std::span<const float> hidden, Sampler &sampler, std::span<const int32_t> history);

  /// Runs every function of the head on this hidden state and a few rows, for who watches them.
  void runAll(std::span<const float> hidden);

  /// Whether the model has codes to screen by.
  bool canScreen() const { return screening.has_value(); }
  /// Whether sample() reads all rows although it could screen.
  void setFull(bool always) { full = always; }
  /// Of all tokens, however they were sampled.
  HeadStatistics statistics() const;

private:
  void screen(const HiddenCodes &hidden, int plane, std::span<const int32_t> rows, CodeSums *sums) override;
  void exact(std::span<const int32_t> rows, float *logits) override;
  /// Fills `copied` and `places`; false where rows are better read where they are mapped.
  bool copyRows(std::span<const int32_t> rows);
  void all(float *logits) override { this->logits(state, 1, logits); }
  void share(const std::function<void(uint64_t, uint64_t)> &work) override { runner.share(work); }
  uint64_t threads() const override { return runner.threads(); }
  explicit OutputHead(StepRunner &runner);

  StepRunner &runner;
  const Model &model;
  /// The model's head functions; the last three are null where it has no codes.
  const Export *one = nullptr, *block = nullptr, *listedRows = nullptr;
  const Export *planes[kCodePlanes] = {};
  std::optional<Screening> screening;
  HeadStatistics counts; ///< of tokens sampled without screening
  std::vector<float> allLogits;
  /// The head's own matrix, or the embedding that it shares.
  uint64_t matrixOffset = 0, matrixBytes = 0;
  std::vector<std::byte, CacheLineAllocator<std::byte>> copied; ///< of its rows
  std::vector<int32_t> places;                                  ///< 0, 1, ... for each of these
  const float *state = nullptr;                                 ///< the hidden state of the running sample()
  bool full = false;
};

} // namespace tern
