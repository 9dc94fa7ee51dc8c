//===- session.h - One text in the making ------------------------------------===//
#pragma once

#include "runtime/head/output_head.h"
#include "runtime/model/model.h"
#include "runtime/profile/profiler.h"
#include "runtime/session/arena.h"
#include "runtime/session/step_listener.h"
#include "runtime/team/thread_team.h"

#include <memory>
#include <span>
#include <vector>

namespace tern {

/// A position in a text with its key and value cache, and the threads that compute the next one.
class Session {
public:
  /// `threads` 0: one for each processor. `context` 0: all that the model can address.
  static Result<std::unique_ptr<Session>> create(std::shared_ptr<Model> model, uint64_t threads, uint64_t context);

  uint64_t position() const { return used; }
  uint64_t context() const { return capacity; }
  uint64_t threads() const { return team->size(); }
  Model &model() const { return *source; }

  /// Which tokens of an evaluation get logits.
  enum class Logits { None, Last, All };
  /// Appends the tokens in blocks of at most `block` (0: the model's prefill block; 1: by the decode step, one at a
  /// time). An id out of range, or more tokens than the context has room for, is an error, and nothing was appended.
  Status append(std::span<const int32_t> ids, Logits which, uint64_t block = 0);
  /// Of the last append, [tokens with logits][vocab_size]; computed when they are asked for.
  std::span<const float> logits();
  /// The token that sampler.next() gives for the last of the logits; computes only those that can decide. An error when
  /// the last append was without logits, and sampler's own.
  Result<int32_t> sample(Sampler &sampler, std::span<const int32_t> history);
  OutputHead &head() { return *outputHead; }

  /// From now on every step tells the profiler its stages, until null; the profiler was made for this session's
  /// threads.
  void setProfiler(Profiler *profiler) {
    profile = profiler;
    outputHead->setProfiler(profiler);
  }

  /// From now on every step tells the listener its stages, until null. Needs a session of one thread, without a
  /// profiler.
  void setListener(StepListener *watcher) {
    listener = watcher;
    outputHead->setListener(watcher);
  }

  /// Forgets all positions from `position` on (0: the whole text), and then also the logits, which were of one of them.
  void truncate(uint64_t position) {
    if (position >= used)
      return;
    used = position;
    hidden.clear();
    logitValues.clear();
  }

private:
  Session(std::shared_ptr<Model> model, std::unique_ptr<ThreadTeam> team, uint64_t context)
      : source(std::move(model)), capacity(context), team(std::move(team)) {}
  /// Positions that the cache has memory for: the context in whole pages.
  uint64_t cachePositions() const;
  void runStep(std::span<const int32_t> ids, uint64_t firstOutput, float *hidden, bool single);

  std::shared_ptr<Model> source;
  uint64_t capacity, used = 0;
  uint64_t embedded = 0; ///< tokens since what their rows of the embedding brought was released
  std::unique_ptr<ThreadTeam> team;
  Profiler *profile = nullptr;
  StepListener *listener = nullptr;
  Arena shared, scratch, cache;
  std::optional<OutputHead> outputHead;
  std::vector<float> hidden, logitValues; ///< of the last append; no logits before they are asked for
};

} // namespace tern
