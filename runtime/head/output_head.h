//===- output_head.h - From hidden states to logits and tokens ------------===//
#pragma once

#include "runtime/head/screening.h"
#include "runtime/model/model.h"
#include "runtime/profile/profiler.h"
#include "runtime/session/step_listener.h"
#include "runtime/team/thread_team.h"

#include <optional>

namespace tern {

/// The output head of one session: runs the model's head functions on the session's threads.
class OutputHead final : HeadRows {
public:
  OutputHead(const Model &model, ThreadTeam &team, uint8_t *shared, uint8_t *scratch);

  /// Logits of `count` hidden states one after the other, [count][vocab_size].
  void logits(const float *hidden, uint64_t count, float *out);
  /// The token that sampler.next(logits of this hidden state, history) gives.
  Result<int32_t> sample(std::span<const float> hidden, Sampler &sampler, std::span<const int32_t> history);

  /// Whether the model has codes to screen by.
  bool canScreen() const { return screening.has_value(); }
  /// Whether sample() reads all rows although it could screen.
  void setFull(bool always) { full = always; }
  void setProfiler(Profiler *profiler) { profile = profiler; }
  /// As Session::setListener.
  void setListener(StepListener *watcher) { listener = watcher; }
  /// Of all tokens, however they were sampled.
  HeadStatistics statistics() const;

private:
  void screen(const HiddenCodes &hidden, int plane, std::span<const int32_t> rows, CodeSums *sums) override;
  void exact(std::span<const int32_t> rows, float *logits) override;
  /// Fills `copied` and `places`; false where rows are better read where they are mapped.
  bool copyRows(std::span<const int32_t> rows);
  void all(float *logits) override { this->logits(state, 1, logits); }
  void share(const std::function<void(uint64_t, uint64_t)> &work) override;
  uint64_t threads() const override { return team.size(); }
  /// The functions in the order of the manifest's headStages.
  enum Function { Logits, Screen, LogitsRows };
  void run(Function which, tern_step_fn function, tern_step step);

  const Model &model;
  ThreadTeam &team;
  uint8_t *shared, *scratch;
  std::optional<Screening> screening;
  HeadStatistics counts; ///< of tokens sampled without screening
  std::vector<float> allLogits;
  /// The head's own matrix, or the embedding that it shares.
  uint64_t matrixOffset = 0, matrixBytes = 0;
  std::vector<std::byte, CacheLineAllocator<std::byte>> copied; ///< of its rows
  std::vector<int32_t> places;                                  ///< 0, 1, ... for each of these
  const float *state = nullptr;                                 ///< the hidden state of the running sample()
  Profiler *profile = nullptr;
  StepListener *listener = nullptr;
  bool full = false;
};

} // namespace tern
