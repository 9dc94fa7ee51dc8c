//===- step_runner.cpp - Runs the step functions of a model --------------------===//
#include "runtime/step/step_runner.h"

#include <algorithm>
#include <cassert>

namespace tern {

/// More threads than any machine has processors.
static constexpr uint64_t kMaxThreads = 1024;

Step &Step::port(std::string_view name, const void *data) {
  std::span all(exported.code->ports, exported.code->n_ports);
  auto at = std::ranges::find(all, name, [](const tern_port &port) { return std::string_view(port.name); });
  assert(at != all.end() && "who calls an export has checked its ports");
  ports[size_t(at - all.begin())] = const_cast<void *>(data); // read only, unless it is an output
  return *this;
}

Result<std::unique_ptr<StepRunner>> StepRunner::create(std::shared_ptr<Model> model, uint64_t threads) {
  const tern_model_header &header = model->header();
  if (threads == 0)
    threads = std::clamp<uint64_t>(std::thread::hardware_concurrency(), 1, kMaxThreads);
  if (threads > kMaxThreads)
    return Error{"cannot run " + std::to_string(threads) + " threads; at most " + std::to_string(kMaxThreads) +
                 " are possible"};
  Result<std::unique_ptr<ThreadTeam>> team = ThreadTeam::create(threads);
  if (!team)
    return team.error();
  Result<Arena> shared = Arena::create(header.shared_bytes, "the shared arena");
  if (!shared)
    return shared.error();
  Result<Arena> scratch =
      Arena::create(header.scratch_bytes * threads, "the arenas of " + std::to_string(threads) + " threads");
  if (!scratch)
    return scratch.error();
  std::unique_ptr<StepRunner> runner(new StepRunner(std::move(model), std::move(*team)));
  runner->shared = std::move(*shared);
  runner->scratch = std::move(*scratch);
  return runner;
}

void StepRunner::run(const Step &step) {
  tern_step call{};
  call.weights = source->weights();
  call.shared = shared.data();
  call.scratch = scratch.data();
  call.cache = step.cache;
  call.ports = step.ports.data();
  call.runs = step.runs.data();
  call.n_runs = step.runs.size();
  call.n_rows = step.rows;
  call.first_output = step.firstOutput;
  call.n_listed = step.listed;
  call.barrier = [](void *team, uint64_t) { static_cast<ThreadTeam *>(team)->barrier(); };
  call.team = team.get();
  if (profile) {
    profile->begin(step.exported.index);
    call.mark = Profiler::mark;
    call.profiler = profile;
  }
  if (watching) {
    call.mark = StepListener::mark;
    call.profiler = watching;
    watching->begin(call, step.exported.index);
  }
  struct Call {
    tern_step_fn function;
    const tern_step &step;
    Profiler *profiler;
  } argument{step.exported.code->run, call, profile};
  team->run(
      [](const void *pointer, uint64_t thread, uint64_t threads) {
        auto *each = static_cast<const Call *>(pointer);
        each->function(&each->step, thread, threads);
        if (each->profiler)
          each->profiler->endThread(thread);
      },
      &argument);
  if (watching)
    watching->end();
}

void StepRunner::share(const std::function<void(uint64_t, uint64_t)> &work) {
  team->run(
      [](const void *argument, uint64_t thread, uint64_t threads) {
        (*static_cast<const std::function<void(uint64_t, uint64_t)> *>(argument))(thread, threads);
      },
      &work);
}

} // namespace tern
