//===- profiler.cpp - When each thread entered each stage of a step -----------===//
#include "runtime/profile/profiler.h"

#include <chrono>

namespace tern {

static int64_t nanoseconds() {
  auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

Profiler::Profiler(const Manifest &manifest, uint64_t threads) : model(manifest), events(threads) {}

void Profiler::beginStep(bool decode, uint64_t position, uint64_t tokens) {
  allSteps.push_back({decode, position, tokens, nanoseconds()});
}

void Profiler::beginHead(uint64_t function) {
  if (!allSteps.empty())
    headStage = stagesOf(allSteps.back()).size() + function;
}

void Profiler::endThread(uint64_t thread) { mark(this, thread, kEnd); }

void Profiler::mark(void *profiler, uint64_t thread, uint64_t stage) {
  auto &self = *static_cast<Profiler *>(profiler);
  if (self.allSteps.empty())
    return;
  self.events[thread].list.push_back({uint32_t(self.allSteps.size() - 1), uint32_t(stage), nanoseconds()});
}

void Profiler::markHead(void *profiler, uint64_t thread, uint64_t stage) {
  mark(profiler, thread, static_cast<Profiler *>(profiler)->headStage + stage);
}

const std::string *Profiler::stageOf(const Event &event) const {
  std::span<const std::string> own = stagesOf(allSteps[event.step]);
  if (event.stage < own.size())
    return &own[event.stage];
  size_t head = event.stage - own.size();
  return head < model.headStages.size() ? &model.headStages[head] : nullptr;
}

} // namespace tern
