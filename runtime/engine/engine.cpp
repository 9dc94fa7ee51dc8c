//===- engine.cpp - Many texts on one model ---------------------------------===//
#include "runtime/engine/engine.h"

#include "lib/object/decoder_exports.h"

#include <algorithm>

namespace tern {

Result<std::unique_ptr<Engine>> Engine::create(std::shared_ptr<Model> model, uint64_t threads, uint64_t positions) {
  const tern_model_header &header = model->header();
  const Export *decode = model->find(kDecodeExport), *prefill = model->find(kPrefillExport);
  if (!decode || !prefill || header.vocab_size == 0)
    return Error{model->path() + ": is no decoder of text; it exports " + model->exportNames()};
  Result<std::unique_ptr<StepRunner>> runner = StepRunner::create(std::move(model), threads);
  if (!runner)
    return runner.error();
  Result<std::unique_ptr<OutputHead>> head = OutputHead::create(**runner);
  if (!head)
    return head.error();
  Result<PagePool> pool = PagePool::create(
      header, uint32_t(std::min<uint64_t>((positions + header.cache_page - 1) / header.cache_page, UINT32_MAX)));
  if (!pool)
    return pool.error();
  std::unique_ptr<Engine> engine(new Engine(std::move(*runner), std::move(*head), std::move(*pool)));
  engine->decode = decode;
  engine->prefill = prefill;
  return engine;
}

Result<std::unique_ptr<Sequence>> Engine::newSequence(uint64_t context) {
  const tern_model_header &header = model().header();
  if (context == 0)
    context = header.max_context;
  if (context > header.max_context)
    return Error{model().path() + ": was compiled for a context of at most " + std::to_string(header.max_context) +
                 " positions, not " + std::to_string(context) + "; compile it with a larger --context"};
  return std::unique_ptr<Sequence>(new Sequence(pool, header.cache_page, context));
}

Status Engine::check(std::span<const Addition> additions) const {
  const std::string &path = model().path();
  uint32_t vocabulary = model().header().vocab_size;
  for (const Addition &each : additions) {
    for (int32_t id : each.ids)
      if (id < 0 || uint32_t(id) >= vocabulary)
        return Error{path + ": token id " + std::to_string(id) + " is outside the vocabulary of " +
                     std::to_string(vocabulary)};
    const Sequence &sequence = each.sequence;
    if (each.ids.size() > sequence.capacity - sequence.used)
      return Error{path + ": the context of " + std::to_string(sequence.capacity) +
                   " positions is full: " + std::to_string(sequence.used) + " are used and " +
                   std::to_string(each.ids.size()) + " more were asked for"};
    if (std::ranges::count(additions, &sequence, [](const Addition &other) { return &other.sequence; }) > 1)
      return Error{path + ": a sequence is named twice in one call"};
    if (sequence.pool != pool)
      return Error{path + ": a sequence is of another engine"};
  }
  return {};
}

Status Engine::reserve(std::span<const Addition> additions) {
  for (size_t i = 0; i < additions.size(); ++i) {
    Sequence &sequence = additions[i].sequence;
    if (sequence.reserve(sequence.used + additions[i].ids.size()))
      continue;
    for (const Addition &before : additions.first(i))
      before.sequence.giveFrom(before.sequence.pagesFor(before.sequence.used));
    return Error{model().path() + ": the cache of all sequences has " + std::to_string(pool->left()) +
                 " free pages of " + std::to_string(sequence.pagePositions) +
                 " positions, which is too few; drop a sequence, or make the engine with more positions"};
  }
  return {};
}

Status Engine::append(std::span<const Addition> additions, uint64_t block) {
  if (Status status = check(additions); !status)
    return status;
  if (Status status = reserve(additions); !status)
    return status;
  uint64_t most = model().header().prefill_block;
  most = block == 0 ? most : std::min(block, most);
  // Tokens with outputs are the last ones of each addition.
  auto outputsOf = [](const Addition &each) -> uint64_t {
    return each.outputs == Outputs::None || each.ids.empty() ? 0 : each.outputs == Outputs::Last ? 1 : each.ids.size();
  };
  for (const Addition &each : additions) {
    each.sequence.hidden.clear();
    each.sequence.logits.clear();
  }
  std::vector<Piece> without, with;
  uint64_t rows = 0;
  auto flush = [&] {
    if (rows > 0)
      runStep(additions, without, with);
    without.clear();
    with.clear();
    rows = 0;
  };
  for (size_t i = 0; i < additions.size(); ++i) {
    const Addition &each = additions[i];
    uint64_t size = each.ids.size(), plain = size - outputsOf(each);
    for (uint64_t first = 0; first < size;) {
      uint64_t end = std::min(first < plain ? plain : size, first + most - rows);
      (first < plain ? without : with).push_back({i, first, end - first});
      rows += end - first;
      first = end;
      if (rows == most)
        flush();
    }
  }
  flush();
  return {};
}

/// Runs of tokens with outputs come last, so that these are the step's rows from first_output on.
void Engine::runStep(std::span<const Addition> additions, std::span<const Piece> without, std::span<const Piece> with) {
  const tern_model_header &header = model().header();
  tokens.clear();
  runs.clear();
  uint64_t firstOutput = 0, start = 0;
  auto add = [&](const Piece &piece) {
    const Addition &from = additions[piece.addition];
    std::span<const int32_t> ids = from.ids.subspan(piece.first, piece.count);
    start = runs.empty() ? from.sequence.used : start;
    tokens.insert(tokens.end(), ids.begin(), ids.end());
    runs.push_back({piece.count, from.sequence.used, from.sequence.pages.data()});
    from.sequence.used += piece.count;
  };
  std::ranges::for_each(without, add);
  firstOutput = tokens.size();
  std::ranges::for_each(with, add);
  uint64_t rows = tokens.size();
  outputs.resize((rows - firstOutput) * header.hidden_size);

  Step step(rows == 1 ? *decode : *prefill);
  step.rows = rows;
  step.firstOutput = firstOutput;
  step.runs = runs;
  step.cache = pool->data();
  step.port(kTokensPort, tokens.data()).port(kHiddenPort, outputs.data());
  if (Profiler *profiler = steps->profiler())
    profiler->beginStep(rows == 1, start, rows);
  steps->run(step);

  const float *from = outputs.data();
  for (const Piece &piece : with) {
    std::vector<float> &hidden = additions[piece.addition].sequence.hidden;
    hidden.insert(hidden.end(), from, from + piece.count * header.hidden_size);
    from += piece.count * header.hidden_size;
  }
  // Rows of the embedding bring more than themselves into memory.
  embedded += rows;
  if (embedded >= header.prefill_block) {
    model().releaseScattered();
    embedded = 0;
  }
}

std::span<const float> Engine::logits(Sequence &sequence) {
  const tern_model_header &header = model().header();
  if (sequence.logits.empty() && !sequence.hidden.empty()) {
    uint64_t count = sequence.hidden.size() / header.hidden_size;
    sequence.logits.resize(count * header.vocab_size);
    outputHead->logits(sequence.hidden.data(), count, sequence.logits.data());
  }
  return sequence.logits;
}

void Engine::runHead(const Sequence &sequence) {
  outputHead->runAll(std::span<const float>(sequence.hidden).last(model().header().hidden_size));
}

Result<int32_t> Engine::sample(Sequence &sequence, Sampler &sampler, std::span<const int32_t> history) {
  if (sequence.hidden.empty())
    return Error{"there are no logits to sample from: the last tokens were appended without"};
  return outputHead->sample(std::span<const float>(sequence.hidden).last(model().header().hidden_size), sampler,
                            history);
}

} // namespace tern
