//===- chrome_trace.cpp - A profile as a trace that Perfetto opens ------------===//
#include "runtime/measure/profile/chrome_trace.h"

#include "lib/base/file.h"
#include "lib/base/json.h"

#include <cstdio>

namespace tern {

static constexpr const char *kBegin = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";

const FileKind kTraceKind = {"trace of tern-run",
                             [](std::string_view head, std::string_view) { return head.starts_with(kBegin); }};

/// An event line; `stage` is "OPERATOR NAME".
static std::string eventText(const std::string &stage, uint64_t thread, double microseconds, double duration,
                             const Profiler::Step &step) {
  size_t space = stage.find(' ');
  bool named = space != std::string::npos;
  Json event = {{"name", named ? stage.substr(space + 1) : stage},
                {"cat", stage.substr(0, space)},
                {"ph", "X"},
                {"pid", 1},
                {"tid", thread},
                {"args", {{"operator", stage.substr(0, space)}, {"position", step.position}, {"tokens", step.tokens}}}};
  char times[96];
  std::snprintf(times, sizeof times, ",\"ts\":%.3f,\"dur\":%.3f}", microseconds, duration);
  std::string text = jsonText(event);
  text.pop_back();
  return text + times;
}

Status writeChromeTrace(const Profiler &profiler, const std::string &path) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.error();
  std::string text = kBegin;
  text += jsonText({{"name", "process_name"}, {"ph", "M"}, {"pid", 1}, {"args", {{"name", profiler.manifest().name}}}});
  int64_t start = profiler.steps().empty() ? 0 : profiler.steps().front().begin;
  auto microseconds = [&](int64_t time) { return double(time - start) * 1e-3; };
  for (uint64_t thread = 0; thread < profiler.threads(); ++thread) {
    text += ",\n" + jsonText({{"name", "thread_name"},
                              {"ph", "M"},
                              {"pid", 1},
                              {"tid", thread},
                              {"args", {{"name", "thread " + std::to_string(thread)}}}});
    std::span<const Profiler::Event> events = profiler.eventsOf(thread);
    for (size_t i = 0; i + 1 < events.size(); ++i) {
      const Profiler::Step &step = profiler.steps()[events[i].step];
      if (const std::string *stage = profiler.stageOf(events[i]))
        text += ",\n" + eventText(*stage, thread, microseconds(events[i].time),
                                  double(events[i + 1].time - events[i].time) * 1e-3, step);
      if (text.size() > 1 << 20) {
        if (Status status = file->write(text); !status)
          return status;
        text.clear();
      }
    }
  }
  if (Status status = file->write(text + "\n]}\n"); !status)
    return status;
  return file->commit();
}

} // namespace tern
