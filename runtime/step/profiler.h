//===- profiler.h - When each thread entered each stage of a step -------------===//
//
// A compiled step tells the profiler which stage a thread enters (model_abi.h: tern_step.mark). A stage is one operator
// of the model, "matmul blk.0.ffn_down", or "barrier", the time that a thread waits for the others; the manifest lists
// a step function's stages in order.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/object/manifest.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tern {

/// Of every step that was run with it. Used by one session at a time.
class Profiler {
public:
  /// The manifest must outlive the profiler.
  Profiler(const Manifest &manifest, uint64_t threads);

  /// A step of the text begins: what runs from now on counts to it. What runs before the first one is not kept.
  void beginStep(bool decode, uint64_t position, uint64_t tokens);
  /// Around each step function: its place among the model's exports; and by every thread at its end.
  void begin(size_t exported);
  void endThread(uint64_t thread);
  /// tern_step.mark.
  static void mark(void *profiler, uint64_t thread, uint64_t stage);

  struct Step {
    bool decode;
    uint64_t position, tokens;
    int64_t begin; ///< in nanoseconds
  };
  struct Event {
    uint32_t step;  ///< index in steps()
    uint32_t stage; ///< its number among the stages of all exports, in order; kEnd after the last one of a function
    int64_t time;   ///< in nanoseconds
  };
  static constexpr uint32_t kEnd = UINT32_MAX;

  std::span<const Step> steps() const { return allSteps; }
  uint64_t threads() const { return events.size(); }
  /// In time order; a stage lasts until the thread's next event.
  std::span<const Event> eventsOf(uint64_t thread) const { return events[thread].list; }
  /// The name of an event's stage; null for kEnd.
  const std::string *stageOf(const Event &event) const;
  const Manifest &manifest() const { return model; }

private:
  struct alignas(64) ThreadEvents { // on cache lines of their own
    std::vector<Event> list;
  };
  const Manifest &model;
  std::vector<Step> allSteps;
  std::vector<ThreadEvents> events;
  std::vector<uint64_t> firstStage; ///< by export
  uint64_t running = 0;             ///< the first stage of the export that runs
};

} // namespace tern
