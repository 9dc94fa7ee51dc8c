//===- session.cpp - One text in the making ----------------------------------===//
#include "runtime/session/session.h"

#include <algorithm>

namespace tern {

/// More threads than any machine has processors.
static constexpr uint64_t kMaxThreads = 1024;

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<Model> model, uint64_t threads, uint64_t context) {
  const tern_model_header &header = model->header();
  if (threads == 0)
    threads = std::clamp<uint64_t>(std::thread::hardware_concurrency(), 1, kMaxThreads);
  if (threads > kMaxThreads)
    return Error{"cannot run " + std::to_string(threads) + " threads; at most " + std::to_string(kMaxThreads) +
                 " are possible"};
  if (context == 0)
    context = header.max_context;
  if (context > header.max_context)
    return Error{model->path() + ": was compiled for a context of at most " + std::to_string(header.max_context) +
                 " positions, not " + std::to_string(context) + "; compile it with a larger --context"};
  Result<std::unique_ptr<ThreadTeam>> team = ThreadTeam::create(threads);
  if (!team)
    return team.error();
  std::unique_ptr<Session> session(new Session(std::move(model), std::move(*team), context));
  uint64_t cachePositions = session->cachePositions();
  struct Need {
    Arena &arena;
    uint64_t bytes;
    std::string what;
  };
  for (Need need :
       {Need{session->shared, header.shared_bytes, "the shared arena"},
        Need{session->scratch, header.scratch_bytes * threads, "the arenas of " + std::to_string(threads) + " threads"},
        Need{session->cache, header.cache_bytes_per_token * cachePositions,
             "the key and value cache of " + std::to_string(context) + " positions"}}) {
    Result<Arena> arena = Arena::create(need.bytes, need.what);
    if (!arena)
      return arena.error();
    need.arena = std::move(*arena);
  }
  session->outputHead.emplace(*session->source, *session->team, session->shared.data(), session->scratch.data());
  return session;
}

uint64_t Session::cachePositions() const {
  uint64_t page = source->header().cache_page;
  return (capacity + page - 1) / page * page;
}

namespace {
/// What the team runs: one step function on one step.
struct StepCall {
  tern_step_fn function;
  tern_step step;
  Profiler *profiler;
};
} // namespace

void Session::runStep(std::span<const int32_t> ids, uint64_t firstOutput, float *hidden, bool single) {
  tern_step step{};
  step.weights = source->weights();
  step.shared = shared.data();
  step.scratch = scratch.data();
  step.cache = cache.data();
  step.cache_capacity = cachePositions();
  step.tokens = ids.data();
  step.n_tokens = ids.size();
  step.position = used;
  step.first_output = firstOutput;
  step.hidden = hidden;
  step.barrier = [](void *team, uint64_t) { static_cast<ThreadTeam *>(team)->barrier(); };
  step.team = team.get();
  step.mark = profile ? Profiler::mark : nullptr;
  step.profiler = profile;
  StepCall call = {single ? source->decode() : source->prefill(), step, profile};
  if (listener) {
    call.step.mark = StepListener::mark;
    call.step.profiler = listener;
    listener->begin(call.step, single ? StepFunction::Decode : StepFunction::Prefill);
  }
  if (profile)
    profile->beginStep(single, used, ids.size());
  team->run(
      [](const void *argument, uint64_t thread, uint64_t threads) {
        auto *call = static_cast<const StepCall *>(argument);
        call->function(&call->step, thread, threads);
        if (call->profiler)
          call->profiler->endThread(thread);
      },
      &call);
  if (listener)
    listener->end();
  used += ids.size();
}

Status Session::append(std::span<const int32_t> ids, Logits which, uint64_t block) {
  const tern_model_header &header = source->header();
  for (int32_t id : ids)
    if (id < 0 || uint32_t(id) >= header.vocab_size)
      return Error{source->path() + ": token id " + std::to_string(id) + " is outside the vocabulary of " +
                   std::to_string(header.vocab_size)};
  if (ids.size() > capacity - used)
    return Error{source->path() + ": the context of " + std::to_string(capacity) + " positions is full: " +
                 std::to_string(used) + " are used and " + std::to_string(ids.size()) + " more were asked for"};
  uint64_t outputs = ids.empty() || which == Logits::None ? 0 : which == Logits::Last ? 1 : ids.size();
  hidden.resize(outputs * header.hidden_size);
  logitValues.clear();
  uint64_t step = block == 0 ? header.prefill_block : std::min<uint64_t>(block, header.prefill_block);
  float *out = hidden.data();
  for (uint64_t first = 0; first < ids.size();) {
    uint64_t count = std::min<uint64_t>(step, ids.size() - first), end = first + count;
    // Tokens with logits are the last `outputs` of all.
    uint64_t skipped = ids.size() - outputs, firstOutput = std::clamp(skipped, first, end) - first;
    runStep(ids.subspan(first, count), firstOutput, out, count == 1);
    out += (count - firstOutput) * header.hidden_size;
    first = end;
    // Rows of the embedding bring more than themselves into memory.
    embedded += count;
    if (embedded >= header.prefill_block) {
      source->releaseScattered();
      embedded = 0;
    }
  }
  return {};
}

std::span<const float> Session::logits() {
  const tern_model_header &header = source->header();
  if (logitValues.empty() && !hidden.empty()) {
    uint64_t outputs = hidden.size() / header.hidden_size;
    logitValues.resize(outputs * header.vocab_size);
    outputHead->logits(hidden.data(), outputs, logitValues.data());
  }
  return logitValues;
}

Result<int32_t> Session::sample(Sampler &sampler, std::span<const int32_t> history) {
  if (hidden.empty())
    return Error{"there are no logits to sample from: the last tokens were appended without"};
  return outputHead->sample(std::span<const float>(hidden).last(source->header().hidden_size), sampler, history);
}

} // namespace tern
