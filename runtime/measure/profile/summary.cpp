//===- summary.cpp - Time by operator -------------------------------------------===//
#include "runtime/measure/profile/summary.h"

#include "lib/object/decoder_exports.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>

namespace tern {

double OperatorTime::mean() const {
  return std::accumulate(seconds.begin(), seconds.end(), 0.0) / double(seconds.size());
}

double OperatorTime::longest() const { return *std::max_element(seconds.begin(), seconds.end()); }

double OperatorTime::balance() const {
  double most = longest();
  return most > 0 ? *std::min_element(seconds.begin(), seconds.end()) / most : 1;
}

/// "matmul blk.12.ffn_down" as "matmul blk.*.ffn_down".
static std::string withoutLayer(const std::string &stage) {
  size_t at = stage.find("blk.");
  if (at == std::string::npos)
    return stage;
  size_t begin = at + 4, end = stage.find_first_not_of("0123456789", begin);
  return end == std::string::npos || end == begin ? stage : stage.substr(0, begin) + "*" + stage.substr(end);
}

/// "matmul" of "matmul blk.12.ffn_down".
static std::string kindOf(const std::string &stage) { return stage.substr(0, stage.find(' ')); }

static std::string partOf(const Manifest &manifest, const std::string &stage, bool inHead) {
  if (stage == "barrier")
    return "waiting";
  auto part = manifest.stageParts.find(kindOf(stage));
  return inHead ? "head" : part == manifest.stageParts.end() ? "elementwise" : part->second;
}

/// Bytes of weights that a stage reads: products read their matrix, other operators next to nothing.
static double weightBytes(const Manifest &manifest, const std::string &stage) {
  size_t space = stage.find(' ');
  if (space == std::string::npos || partOf(manifest, stage, false) != "products")
    return 0;
  std::string_view name = std::string_view(stage).substr(space + 1);
  for (const ManifestTensor &tensor : manifest.tensors)
    if (tensor.name == name)
      return double(tensor.bytes);
  return 0;
}

static StepProfile summarizeKind(const Profiler &profiler, bool decode, bool mergeLayers) {
  StepProfile profile;
  profile.decode = decode;
  std::map<std::string, OperatorTime> byName;
  std::vector<OperatorTime *> byStage;
  std::vector<double> bytes;
  for (const ManifestExport &exported : profiler.manifest().exports) {
    bool inHead = exported.name != kDecodeExport && exported.name != kPrefillExport;
    for (const std::string &stage : exported.stages) {
      std::string name = mergeLayers ? withoutLayer(stage) : stage;
      OperatorTime &entry = byName[name];
      // A barrier is one wherever it stands; of the rest a name tells the place.
      if (entry.stage.empty() || exported.name == (decode ? kDecodeExport : kPrefillExport))
        entry.part = partOf(profiler.manifest(), stage, inHead);
      entry.stage = name;
      entry.seconds.resize(profiler.threads());
      byStage.push_back(&entry);
      bytes.push_back(weightBytes(profiler.manifest(), stage));
    }
  }
  for (const Profiler::Step &step : profiler.steps())
    if (step.decode == decode)
      ++profile.steps, profile.tokens += step.tokens;
  for (uint64_t thread = 0; thread < profiler.threads(); ++thread) {
    std::span<const Profiler::Event> events = profiler.eventsOf(thread);
    int64_t begin = 0;
    for (size_t i = 0; i < events.size(); ++i) {
      const Profiler::Event &event = events[i];
      const Profiler::Step &step = profiler.steps()[event.step];
      if (step.decode != decode)
        continue;
      // A step begins before its first mark; a function of the output head, which follows the end of its step, with it.
      if (i == 0 || events[i - 1].step != event.step)
        begin = step.begin;
      else if (events[i - 1].stage == Profiler::kEnd)
        begin = event.time;
      if (event.stage == Profiler::kEnd) {
        if (thread == 0)
          profile.seconds += double(event.time - begin) * 1e-9;
        continue;
      }
      if (event.stage >= byStage.size() || i + 1 == events.size())
        continue;
      OperatorTime &entry = *byStage[event.stage];
      entry.seconds[thread] += double(events[i + 1].time - event.time) * 1e-9;
      if (thread == 0) {
        ++entry.calls;
        entry.weightBytes += bytes[event.stage];
      }
    }
  }
  for (auto &[name, entry] : byName)
    if (entry.calls > 0)
      profile.operators.push_back(std::move(entry));
  std::ranges::sort(profile.operators, {},
                    [](const OperatorTime &entry) { return std::pair(-entry.mean(), entry.stage); });
  return profile;
}

std::vector<StepProfile> summarize(const Profiler &profiler, bool mergeLayers) {
  std::vector<StepProfile> profiles;
  for (bool decode : {false, true}) {
    StepProfile profile = summarizeKind(profiler, decode, mergeLayers);
    if (profile.steps > 0)
      profiles.push_back(std::move(profile));
  }
  return profiles;
}

std::vector<PartTime> timeByPart(const StepProfile &profile) {
  std::vector<PartTime> parts;
  for (const OperatorTime &entry : profile.operators) {
    auto at = std::ranges::find(parts, entry.part, &PartTime::part);
    if (at == parts.end())
      at = parts.insert(parts.end(), {entry.part, 0});
    at->seconds += entry.mean();
  }
  std::ranges::sort(parts, {}, [](const PartTime &entry) { return std::pair(-entry.seconds, entry.part); });
  return parts;
}

std::string profileText(const std::vector<StepProfile> &profiles) {
  std::string text;
  char line[256];
  for (const StepProfile &profile : profiles) {
    std::snprintf(line, sizeof line, "%s: %llu steps, %llu tokens, %.2f ms, %.3f ms a token\n",
                  profile.decode ? "decode" : "prefill", (unsigned long long)profile.steps,
                  (unsigned long long)profile.tokens, profile.seconds * 1e3,
                  profile.seconds * 1e3 / double(std::max<uint64_t>(profile.tokens, 1)));
    text += line;
    std::snprintf(line, sizeof line, "  %-36s %8s %10s %7s %10s %8s %7s\n", "operator", "calls", "ms", "share",
                  "us a call", "balance", "GB/s");
    text += line;
    for (const OperatorTime &entry : profile.operators) {
      std::string rate = "-";
      if (entry.weightBytes > 0) {
        std::snprintf(line, sizeof line, "%.1f", entry.weightBytes / entry.longest() * 1e-9);
        rate = line;
      }
      std::snprintf(line, sizeof line, "  %-36s %8llu %10.3f %6.1f%% %10.2f %8.2f %7s\n", entry.stage.c_str(),
                    (unsigned long long)entry.calls, entry.mean() * 1e3, entry.mean() / profile.seconds * 100,
                    entry.mean() * 1e6 / double(entry.calls), entry.balance(), rate.c_str());
      text += line;
    }
  }
  return text;
}

} // namespace tern
