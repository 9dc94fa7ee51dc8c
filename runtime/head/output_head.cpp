//===- output_head.cpp - From hidden states to logits and tokens ----------===//
#include "runtime/head/output_head.h"

#include <algorithm>
#include <atomic>
#include <numeric>

namespace tern {

static_assert(sizeof(CodeSums) == 2 * sizeof(int32_t), "tern_step::sums are pairs");

OutputHead::OutputHead(const Model &model, ThreadTeam &team, uint8_t *shared, uint8_t *scratch)
    : model(model), team(team), shared(shared), scratch(scratch) {
  const tern_model_header &header = model.header();
  for (const ManifestTensor &tensor : model.manifest().tensors)
    if (tensor.name == "output" || (tensor.name == "token_embd" && matrixBytes == 0)) {
      matrixOffset = tensor.offset;
      matrixBytes = tensor.bytes;
    }
  if (header.code_columns == 0)
    return;
  auto *figures = reinterpret_cast<const float *>(model.weights() + header.head_figures_offset);
  screening.emplace(header.vocab_size, header.hidden_size, figureArrays(figures, header.vocab_size));
}

void OutputHead::run(Function which, tern_step_fn function, tern_step step) {
  if (!step.weights)
    step.weights = model.weights();
  step.shared = shared;
  step.scratch = scratch;
  step.barrier = [](void *team, uint64_t) { static_cast<ThreadTeam *>(team)->barrier(); };
  step.team = &team;
  step.mark = profile ? Profiler::markHead : nullptr;
  step.profiler = profile;
  if (profile)
    profile->beginHead(which);
  if (listener) {
    step.mark = StepListener::mark;
    step.profiler = listener;
    listener->begin(step, which == Logits && function == model.logitsBlock() ? StepFunction::LogitsBlock
                          : which == Logits                                  ? StepFunction::Logits
                          : which == Screen                                  ? StepFunction::Screen
                                                                             : StepFunction::LogitsRows);
  }
  struct Call {
    tern_step_fn function;
    const tern_step &step;
    Profiler *profiler;
  } call{function, step, profile};
  team.run(
      [](const void *argument, uint64_t thread, uint64_t threads) {
        auto *call = static_cast<const Call *>(argument);
        call->function(&call->step, thread, threads);
        if (call->profiler)
          call->profiler->endThread(thread);
      },
      &call);
  if (listener)
    listener->end();
}

void OutputHead::logits(const float *hidden, uint64_t count, float *out) {
  const tern_model_header &header = model.header();
  for (uint64_t first = 0; first < count; first += header.prefill_block) {
    tern_step step{};
    step.n_tokens = std::min<uint64_t>(header.prefill_block, count - first);
    step.hidden = const_cast<float *>(hidden + first * header.hidden_size); // only read by these functions
    step.logits = out + first * header.vocab_size;
    run(Logits, step.n_tokens == 1 ? model.logits() : model.logitsBlock(), step);
  }
}

void OutputHead::screen(const HiddenCodes &hidden, int plane, std::span<const int32_t> rows, CodeSums *sums) {
  tern_step step{};
  step.n_tokens = 1;
  step.hidden_codes = hidden.bytes.data();
  step.rows = rows.data();
  step.n_rows = rows.size();
  step.plane = uint64_t(plane);
  step.sums = reinterpret_cast<int32_t *>(sums);
  run(Screen, model.screen(), step);
}

bool OutputHead::copyRows(std::span<const int32_t> rows) {
  // A copy takes a microsecond (5 KB), a mapped row that was not read lately a fault of 3, which brings 0.5 MB. With
  // more rows than screening ever computes all of the matrix is read soon.
  const tern_model_header &header = model.header();
  const size_t mostRows = header.vocab_size / 32;
  uint64_t rowBytes = header.hidden_size * sizeof(uint16_t); // codes are made of bf16 alone
  if (rows.size() > mostRows || matrixBytes != header.vocab_size * rowBytes)
    return false;
  copied.resize(rows.size() * rowBytes);
  places.resize(rows.size());
  std::iota(places.begin(), places.end(), 0);
  std::atomic<bool> all{true};
  share([&](uint64_t thread, uint64_t threads) {
    for (size_t i = rows.size() * thread / threads, end = rows.size() * (thread + 1) / threads; i < end; ++i)
      if (!model.copyWeights(matrixOffset + uint64_t(rows[i]) * rowBytes,
                             std::span(copied).subspan(i * rowBytes, rowBytes)))
        all = false; // the mapping has them
  });
  return all;
}

void OutputHead::exact(std::span<const int32_t> rows, float *logits) {
  tern_step step{};
  if (!listener && copyRows(rows)) { // a listener sees which rows they are
    rows = places;
    // Generated code adds the matrix's place to this: so it finds the copies. A number, since no object is there.
    uintptr_t base = reinterpret_cast<uintptr_t>(copied.data()) - matrixOffset;
    step.weights = reinterpret_cast<const uint8_t *>(base); // NOLINT(performance-no-int-to-ptr)
  }
  step.n_tokens = 1;
  step.hidden = const_cast<float *>(state);
  step.rows = rows.data();
  step.n_rows = rows.size();
  step.logits = logits;
  run(LogitsRows, model.logitsRows(), step);
}

void OutputHead::share(const std::function<void(uint64_t, uint64_t)> &work) {
  team.run(
      [](const void *argument, uint64_t thread, uint64_t threads) {
        (*static_cast<const std::function<void(uint64_t, uint64_t)> *>(argument))(thread, threads);
      },
      &work);
}

HeadStatistics OutputHead::statistics() const {
  HeadStatistics all = screening ? screening->statistics() : HeadStatistics();
  all.tokens += counts.tokens;
  all.fullTokens += counts.fullTokens;
  all.bytes += counts.bytes;
  return all;
}

Result<int32_t> OutputHead::sample(std::span<const float> hidden, Sampler &sampler, std::span<const int32_t> history) {
  state = hidden.data();
  if (screening && !full)
    return screening->sample(hidden, sampler, history, *this);
  allLogits.resize(model.header().vocab_size);
  logits(state, 1, allLogits.data());
  ++counts.tokens;
  ++counts.fullTokens;
  counts.bytes += matrixBytes;
  return sampler.next(allLogits, history);
}

} // namespace tern
