//===- profiler.cpp - When each thread entered each stage of a step -----------===//
#include "runtime/step/profiler.h"

#include <chrono>

namespace tern {

static int64_t nanoseconds() {
  auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

Profiler::Profiler(const Manifest &manifest, uint64_t threads) : model(manifest), events(threads) {
  uint64_t stages = 0;
  for (const ManifestExport &exported : manifest.exports) {
    firstStage.push_back(stages);
    stages += exported.stages.size();
  }
}

void Profiler::beginStep(bool decode, uint64_t position, uint64_t tokens) {
  allSteps.push_back({decode, position, tokens, nanoseconds()});
}

void Profiler::begin(size_t exported) { running = firstStage[exported]; }

void Profiler::endThread(uint64_t thread) { mark(this, thread, kEnd); }

void Profiler::mark(void *profiler, uint64_t thread, uint64_t stage) {
  auto &self = *static_cast<Profiler *>(profiler);
  if (self.allSteps.empty())
    return;
  uint32_t number = stage == kEnd ? kEnd : uint32_t(self.running + stage);
  self.events[thread].list.push_back({uint32_t(self.allSteps.size() - 1), number, nanoseconds()});
}

const std::string *Profiler::stageOf(const Event &event) const {
  uint64_t stage = event.stage;
  for (const ManifestExport &exported : model.exports) {
    if (stage < exported.stages.size())
      return &exported.stages[stage];
    stage -= exported.stages.size();
  }
  return nullptr;
}

} // namespace tern
