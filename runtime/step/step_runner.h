//===- step_runner.h - Runs the step functions of a model ----------------------===//
#pragma once

#include "runtime/model/model.h"
#include "runtime/step/arena.h"
#include "runtime/step/profiler.h"
#include "runtime/step/step_listener.h"
#include "runtime/team/thread_team.h"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace tern {

/// What one call of a step function works on, beside the model's weights and the arenas.
class Step {
public:
  explicit Step(const Export &exported) : exported(exported), ports(exported.code->n_ports) {}

  /// Passes a tensor of the caller: as long as the port's extent says, and written only if that is an output.
  Step &port(std::string_view name, const void *data);

  const Export &exported;
  std::vector<void *> ports;
  uint64_t rows = 1, firstOutput = 0, listed = 0;
  std::span<const tern_run> runs; ///< of a function that works on sequences
  uint8_t *cache = nullptr;       ///< the pool of pages that the runs name
};

/// The threads and the arenas that the step functions of one model run on, one step at a time.
class StepRunner {
public:
  /// `threads` 0: one for each processor.
  static Result<std::unique_ptr<StepRunner>> create(std::shared_ptr<Model> model, uint64_t threads);

  Model &model() const { return *source; }
  uint64_t threads() const { return team->size(); }

  void run(const Step &step);
  /// Runs `work` on all threads, each with its number and how many there are.
  void share(const std::function<void(uint64_t, uint64_t)> &work);

  /// From now on every step tells the profiler its stages, until null; the profiler was made for these threads.
  void setProfiler(Profiler *profiler) { profile = profiler; }
  Profiler *profiler() const { return profile; }
  /// From now on every step tells the listener its stages, until null. Needs one thread, and no profiler.
  void setListener(StepListener *watcher) { watching = watcher; }
  StepListener *listener() const { return watching; }

private:
  StepRunner(std::shared_ptr<Model> model, std::unique_ptr<ThreadTeam> team)
      : source(std::move(model)), team(std::move(team)) {}

  std::shared_ptr<Model> source;
  std::unique_ptr<ThreadTeam> team;
  Arena shared, scratch;
  Profiler *profile = nullptr;
  StepListener *watching = nullptr;
};

} // namespace tern
