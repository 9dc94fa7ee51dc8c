//===- step_listener.h - Who watches a step from inside ------------------------===//
#pragma once

#include "lib/object/model_abi.h"

#include <cstddef>

namespace tern {

/// Told when a step enters its stages (model_abi.h: tern_step.mark), so that it can look at what the stage before has
/// left in the arenas. For teams of one thread: more would write while it looks.
class StepListener {
public:
  virtual ~StepListener() = default;
  /// `exported` is the step function's place among the model's exports.
  virtual void begin(const tern_step &step, size_t exported) = 0;
  virtual void enter(uint64_t stage) = 0;
  virtual void end() = 0;

  /// tern_step.mark, for a listener as tern_step.profiler.
  static void mark(void *listener, uint64_t /*thread*/, uint64_t stage) {
    static_cast<StepListener *>(listener)->enter(stage);
  }
};

} // namespace tern
