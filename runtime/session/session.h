//===- session.h - One text in the making ------------------------------------===//
#pragma once

#include "runtime/engine/engine.h"

#include <memory>
#include <span>

namespace tern {

/// An engine with one sequence: a position in a text with its key and value cache, and the threads that compute the
/// next one.
class Session {
public:
  /// `threads` 0: one for each processor. `context` 0: all that the model can address.
  static Result<std::unique_ptr<Session>> create(std::shared_ptr<Model> model, uint64_t threads, uint64_t context);

  uint64_t position() const { return text->position(); }
  uint64_t context() const { return text->context(); }
  uint64_t threads() const { return engine->runner().threads(); }
  Model &model() const { return engine->model(); }

  /// Which tokens of an evaluation get logits.
  using Logits = Engine::Outputs;
  /// As Engine::append, for this text.
  Status append(std::span<const int32_t> ids, Logits which, uint64_t block = 0) {
    const Engine::Addition addition[] = {{*text, ids, which}};
    return engine->append(addition, block);
  }
  /// As Engine::logits and Engine::sample.
  std::span<const float> logits() { return engine->logits(*text); }
  Result<int32_t> sample(Sampler &sampler, std::span<const int32_t> history) {
    return engine->sample(*text, sampler, history);
  }
  void runHead() { engine->runHead(*text); }
  OutputHead &head() { return engine->head(); }

  /// As StepRunner's.
  void setProfiler(Profiler *profiler) { engine->runner().setProfiler(profiler); }
  void setListener(StepListener *watcher) { engine->runner().setListener(watcher); }

  /// As Sequence::truncate.
  void truncate(uint64_t position) { text->truncate(position); }

private:
  Session(std::unique_ptr<Engine> engine, std::unique_ptr<Sequence> text)
      : engine(std::move(engine)), text(std::move(text)) {}

  std::unique_ptr<Engine> engine;
  std::unique_ptr<Sequence> text;
};

} // namespace tern
