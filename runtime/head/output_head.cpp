//===- output_head.cpp - From hidden states to logits and tokens ----------===//
#include "runtime/head/output_head.h"

#include "lib/object/decoder_exports.h"

#include <algorithm>
#include <atomic>
#include <numeric>

namespace tern {

static_assert(sizeof(CodeSums) == 2 * sizeof(int32_t), "the sums of a screen export are pairs");

OutputHead::OutputHead(StepRunner &runner) : runner(runner), model(runner.model()) {
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

Result<std::unique_ptr<OutputHead>> OutputHead::create(StepRunner &runner) {
  std::unique_ptr<OutputHead> head(new OutputHead(runner));
  std::string missing;
  auto find = [&](const char *name) {
    const Export *found = runner.model().find(name);
    if (!found)
      missing = name;
    return found;
  };
  head->one = find(kLogitsExport);
  head->block = find(kLogitsBlockExport);
  if (head->canScreen()) {
    head->listedRows = find(kLogitsRowsExport);
    for (int64_t plane = 0; plane < kCodePlanes; ++plane)
      head->planes[plane] = find(kScreenExports[plane]);
  }
  if (!missing.empty())
    return Error{runner.model().path() + ": exports no " + missing +
                 ", which the output head of a decoder of text needs"};
  return head;
}

void OutputHead::logits(const float *hidden, uint64_t count, float *out) {
  const tern_model_header &header = model.header();
  for (uint64_t first = 0; first < count; first += header.prefill_block) {
    uint64_t rows = std::min<uint64_t>(header.prefill_block, count - first);
    Step step(rows == 1 ? *one : *block);
    step.rows = rows;
    step.port(kHiddenPort, hidden + first * header.hidden_size).port(kLogitsPort, out + first * header.vocab_size);
    runner.run(step);
  }
}

void OutputHead::screen(const HiddenCodes &hidden, int plane, std::span<const int32_t> rows, CodeSums *sums) {
  Step step(*planes[plane]);
  step.listed = rows.size();
  step.port(kHiddenCodesPort, hidden.bytes.data()).port(kRowsPort, rows.data()).port(kSumsPort, sums);
  runner.run(step);
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
  const void *matrix = model.weights() + matrixOffset;
  if (!runner.listener() && copyRows(rows)) { // a listener sees which rows they are
    rows = places;
    matrix = copied.data();
  }
  Step step(*listedRows);
  step.listed = rows.size();
  step.port(kHiddenPort, state).port(kRowsPort, rows.data()).port(kMatrixPort, matrix).port(kLogitsPort, logits);
  runner.run(step);
}

void OutputHead::runAll(std::span<const float> hidden) {
  state = hidden.data();
  allLogits.resize(model.header().vocab_size);
  logits(state, 1, allLogits.data());
  if (!canScreen())
    return;
  const int32_t last = int32_t(model.header().vocab_size) - 1;
  const int32_t rows[] = {0, last / 2, last};
  HiddenCodes codes;
  encodeHidden(hidden, codes);
  CodeSums sums[std::size(rows)];
  for (int plane = 0; plane < kCodePlanes; ++plane)
    screen(codes, plane, rows, sums);
  exact(rows, allLogits.data());
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
