//===- engine.h - Many texts on one model ----------------------------------===//
#pragma once

#include "runtime/engine/sequence.h"
#include "runtime/head/output_head.h"
#include "runtime/step/step_runner.h"

#include <memory>
#include <span>
#include <vector>

namespace tern {

/// Goes on with sequences of one decoder of text: a chain of several tokens of one sequence, one token of each of
/// several, and a mixture are all the same steps. What a sequence gets does not depend on what else is in a step, bit
/// for bit. Used by one thread at a time; its sequences may outlive it only to be destroyed.
class Engine {
public:
  /// `threads` 0: one for each processor. `positions`: room of all sequences' caches together, rounded up to pages.
  /// Fails when the model is no decoder of text.
  static Result<std::unique_ptr<Engine>> create(std::shared_ptr<Model> model, uint64_t threads, uint64_t positions);

  /// An empty text of at most `context` positions (0: all that the model can address). Pages are taken as it grows.
  Result<std::unique_ptr<Sequence>> newSequence(uint64_t context);

  /// Which tokens of an addition get outputs.
  enum class Outputs { None, Last, All };
  struct Addition {
    Sequence &sequence;
    std::span<const int32_t> ids;
    Outputs outputs;
  };
  /// Appends to each sequence its ids, in steps of at most `block` rows that all of them share (0: the model's prefill
  /// block; 1: by the decode step, one token at a time). An id out of range, more tokens than a context or the pool has
  /// room for, or a sequence named twice is an error, and nothing was appended.
  Status append(std::span<const Addition> additions, uint64_t block = 0);

  /// Of the last addition to the sequence, [tokens with outputs][vocab_size]; computed when they are asked for.
  std::span<const float> logits(Sequence &sequence);
  /// The token that sampler.next() gives for the last of these; computes only those that can decide. An error when the
  /// last addition was without outputs, and sampler's own.
  Result<int32_t> sample(Sequence &sequence, Sampler &sampler, std::span<const int32_t> history);

  /// Runs every function of the output head on the last output of a sequence that has one, for who watches them.
  void runHead(const Sequence &sequence);

  OutputHead &head() { return *outputHead; }
  StepRunner &runner() { return *steps; }
  Model &model() const { return steps->model(); }

private:
  Engine(std::unique_ptr<StepRunner> runner, std::unique_ptr<OutputHead> head, PagePool pool)
      : steps(std::move(runner)), outputHead(std::move(head)), pool(std::make_shared<PagePool>(std::move(pool))) {}
  Status check(std::span<const Addition> additions) const;
  Status reserve(std::span<const Addition> additions);

  /// Some tokens of an addition, all with outputs or all without: a run of a step.
  struct Piece {
    size_t addition;
    uint64_t first, count;
  };
  void runStep(std::span<const Addition> additions, std::span<const Piece> without, std::span<const Piece> with);

  std::unique_ptr<StepRunner> steps;
  std::unique_ptr<OutputHead> outputHead;
  std::shared_ptr<PagePool> pool;
  const Export *decode = nullptr, *prefill = nullptr;
  uint64_t embedded = 0; ///< tokens since what their rows of the embedding brought was released
  // Of the running step, kept for the next one's.
  std::vector<int32_t> tokens;
  std::vector<tern_run> runs;
  std::vector<float> outputs;
};

} // namespace tern
