//===- model_bench.cpp - A model's speed beside the machine's ceilings --------===//
#include "runtime/measure/bench/model_bench.h"

#include "lib/base/version.h"
#include "lib/cpu/features.h"
#include "runtime/measure/bench/clock.h"
#include "runtime/session/session.h"

#include <algorithm>
#include <random>

namespace tern {

double TestFigures::ofCeiling(double perToken) const {
  Sample ratios;
  for (size_t i = 0; i < speed.values().size(); ++i)
    ratios.add(speed.values()[i] * perToken / peak.values()[i]);
  return ratios.median();
}

/// `result` gains NAME, NAME_ceiling (tokens per second) and NAME_of_ceiling.
static void addTest(Json &result, const std::string &name, const TestFigures &figures, double perToken) {
  result[name] = figures.speed.toJson();
  result[name + "_ceiling"] = figures.peak.median() / perToken;
  result[name + "_of_ceiling"] = figures.ofCeiling(perToken);
}

Json ModelReport::toJson(const Model &model) const {
  const Manifest &manifest = model.manifest();
  Json root = {{"version", TERN_VERSION},
               {"cpu", hostCpuBrand()},
               {"model",
                {{"name", manifest.name},
                 {"architecture", manifest.architecture},
                 {"target_cpu", manifest.targetCpu},
                 {"weights_bytes", model.header().weights_bytes}}},
               {"prompt_tokens", options.promptTokens},
               {"decode_tokens", options.decodeTokens},
               {"depth", options.depth},
               {"repetitions", options.repetitions},
               {"context", context},
               {"cost_per_token", cost.toJson()},
               {"results", Json::array()}};
  for (const ModelFigures &entry : figures) {
    Json result = {{"threads", entry.threads}, {"ceilings", entry.ceilings.toJson()}};
    if (options.promptTokens > 0)
      addTest(result, "prefill", entry.prefill, prefillMacs());
    if (options.decodeTokens > 0)
      addTest(result, "decode", entry.decode, decodeBytes());
    root["results"].push_back(std::move(result));
  }
  if (profileThreads > 0) {
    Json parts = Json::object();
    for (const PartTime &part : timeByPart(decodeProfile))
      parts[part.part] = part.seconds / double(decodeProfile.tokens);
    root["decode_seconds_by_part"] = {{"threads", profileThreads}, {"parts", parts}};
  }
  return root;
}

namespace {

/// One decoded token as a text asks for it: the step, and the likeliest next token from its hidden state.
Status decodeOne(Session &session, int32_t id, Sampler &greedy) {
  if (Status status = session.append(std::span(&id, 1), Session::Logits::Last); !status)
    return status;
  Result<int32_t> next = session.sample(greedy, {});
  return next ? Status() : Status(next.error());
}

std::vector<int32_t> madeUpTokens(int64_t count, uint32_t vocabulary) {
  std::mt19937 random(7);
  std::vector<int32_t> ids(static_cast<size_t>(count));
  for (int32_t &id : ids)
    id = int32_t(random() % vocabulary);
  return ids;
}

/// A screened head reads the rows that its codes leave too: as many as these sessions did.
void addMeasuredHead(const Model &model, std::span<const std::unique_ptr<Session>> sessions, TokenCost &cost) {
  const tern_model_header &header = model.header();
  // Of one that could be screened and is not, all of the matrix counts instead.
  double tokens = 0, bytes = 0,
         coarse = double(header.vocab_size) * (double(header.code_columns) / 2 + 3 * sizeof(float));
  for (const std::unique_ptr<Session> &session : sessions) {
    tokens += double(session->head().statistics().tokens);
    bytes += double(session->head().statistics().bytes);
  }
  if (header.code_columns != 0 && tokens > 0)
    cost.head += bytes / tokens - coarse;
}

/// Decodes some tokens with a profiler: their time is not among the timed ones.
Status profileDecode(Session &session, std::span<const int32_t> ids, Sampler &greedy, ModelReport &report) {
  session.truncate(uint64_t(report.options.depth));
  Profiler profiler(session.model().manifest(), session.threads());
  session.setProfiler(&profiler);
  Status status;
  for (size_t i = 0; i < ids.size() && status; ++i)
    status = decodeOne(session, ids[i], greedy);
  session.setProfiler(nullptr);
  for (StepProfile &profile : summarize(profiler, /*mergeLayers=*/true))
    if (profile.decode) {
      report.decodeProfile = std::move(profile);
      report.profileThreads = int64_t(session.threads());
    }
  return status;
}

} // namespace

Result<ModelReport> benchModel(const std::shared_ptr<Model> &model, const ModelBenchOptions &options) {
  int64_t most = std::max<int64_t>({options.promptTokens, options.decodeTokens, 1}), longest = options.depth + most;
  std::vector<int32_t> before = madeUpTokens(options.depth, model->header().vocab_size);
  std::vector<int32_t> ids = madeUpTokens(most, model->header().vocab_size);
  Sampler greedy = *Sampler::create({.greedy = true});
  ModelReport report;
  report.options = options;
  report.context = double(options.depth) + double(std::max<int64_t>(options.decodeTokens - 1, 0)) / 2;
  report.cost = tokenCost(model->header(), model->manifest(), report.context);

  // Prefill is compared with the instruction that it uses; decode with the read bandwidth.
  const DotLoop &loop = dotLoopFor(std::ranges::any_of(
      model->manifest().kernels, [](const ManifestKernel &kernel) { return multipliesTiles(kernel.variant); }));
  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<std::unique_ptr<ThreadTeam>> teams;
  for (int64_t threads : options.threads) {
    Result<std::unique_ptr<Session>> session = Session::create(model, uint64_t(threads), uint64_t(longest));
    if (!session)
      return session.error();
    if (Status status = (*session)->append(before, Session::Logits::None); !status)
      return status.error();
    (*session)->head().setFull(options.fullHead);
    // Once unmeasured: memory pages are mapped, the code is read.
    if (Status status = decodeOne(**session, ids[0], greedy); !status)
      return status.error();
    Result<std::unique_ptr<ThreadTeam>> team = ThreadTeam::create(uint64_t(threads));
    if (!team)
      return team.error();
    sessions.push_back(std::move(*session));
    teams.push_back(std::move(*team));
    report.figures.push_back({threads, {}, {}, {}});
    report.figures.back().ceilings.loop = &loop;
  }
  Result<ColdBuffer> buffer = ColdBuffer::create(kColdBytes);
  if (!buffer)
    return buffer.error();

  size_t done = 0, total = size_t(options.repetitions) * sessions.size();
  for (int64_t round = 0; round < options.repetitions; ++round)
    for (size_t t = 0; t < sessions.size(); ++t) {
      if (options.progress)
        options.progress(done++, total);
      Session &session = *sessions[t];
      ModelFigures &figures = report.figures[t];
      CeilingMoment before = measureCeilings(*teams[t], *buffer, figures.ceilings);
      if (options.promptTokens > 0) {
        session.truncate(uint64_t(options.depth));
        double start = now();
        if (Status status = session.append(std::span(ids).first(size_t(options.promptTokens)), Session::Logits::Last);
            !status)
          return status.error();
        if (Result<int32_t> next = session.sample(greedy, {}); !next)
          return next.error();
        figures.prefill.speed.add(double(options.promptTokens) / (now() - start));
        CeilingMoment after = measureCeilings(*teams[t], *buffer, figures.ceilings);
        figures.prefill.peak.add((before.dot + after.dot) / 2);
        before = after;
      }
      if (options.decodeTokens > 0) {
        session.truncate(uint64_t(options.depth));
        double start = now();
        for (int64_t i = 0; i < options.decodeTokens; ++i)
          if (Status status = decodeOne(session, ids[size_t(i)], greedy); !status)
            return status.error();
        figures.decode.speed.add(double(options.decodeTokens) / (now() - start));
        CeilingMoment after = measureCeilings(*teams[t], *buffer, figures.ceilings);
        figures.decode.peak.add((before.read + after.read) / 2);
      }
    }
  if (options.decodeTokens > 0) {
    auto most = std::ranges::max_element(sessions, {}, [](const auto &session) { return session->threads(); });
    size_t count = size_t(std::min<int64_t>(options.decodeTokens, 32));
    if (Status status = profileDecode(**most, std::span(ids).first(count), greedy, report); !status)
      return status.error();
  }
  addMeasuredHead(*model, sessions, report.cost);
  return report;
}

} // namespace tern
