//===- screening.h - The next token without computing every logit ---------===//
//
// Codes of a few bits say between which floats each logit lies; only rows that can still matter to the sampler are
// computed. What comes out is the token that the sampler takes from all logits, always: docs/screened-head.md has the
// proof.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/head/logit_bounds.h"
#include "runtime/text/sampler.h"

#include <functional>

namespace tern {

/// What the head has read since the session began.
struct HeadStatistics {
  uint64_t tokens = 0;     ///< sampled, one way or the other
  uint64_t fullTokens = 0; ///< of these, by all rows in bf16
  uint64_t coarseRows = 0, fineRows = 0, exactRows = 0;
  uint64_t bytes = 0; ///< of weights, codes and figures
};

/// How screening reaches the rows of one output head. A call is for the hidden state of the sample() that makes it.
class HeadRows {
public:
  virtual ~HeadRows() = default;
  /// The products of these rows' codes in one plane with hidden.bytes.
  virtual void screen(const HiddenCodes &hidden, int plane, std::span<const int32_t> rows, CodeSums *sums) = 0;
  /// The logits of these rows, and of all rows: the same floats for the same row.
  virtual void exact(std::span<const int32_t> rows, float *logits) = 0;
  virtual void all(float *logits) = 0;
  /// Runs work(thread, threads()) for every thread < threads(), at the same time or one after the other.
  virtual void share(const std::function<void(uint64_t thread, uint64_t threads)> &work) = 0;
  virtual uint64_t threads() const = 0;
};

class Screening {
  /// The middle of a row's interval, and the row.
  using Candidate = std::pair<float, int32_t>;

public:
  Screening(int64_t rows, int64_t columns, const RowFigureArrays &figures);

  /// The token that sampler.next(all logits, history) gives.
  Result<int32_t> sample(std::span<const float> hidden, Sampler &sampler, std::span<const int32_t> history,
                         HeadRows &head);

  const HeadStatistics &statistics() const { return counts; }

private:
  Result<int32_t> sampleAll(Sampler &sampler, std::span<const int32_t> history, HeadRows &head);
  /// When top-p sums all tokens; the highest rows are known.
  Result<int32_t> sampleNucleus(const LogitBounds &bounds, Sampler &sampler, std::span<const int32_t> history,
                                HeadRows &head);
  Status markHistory(const Sampler &sampler, std::span<const int32_t> history);
  /// Bounds every row's logit from the coarse codes; returns the `count` rows with the highest middles.
  std::vector<int32_t> boundAll(const LogitBounds &bounds, const Sampler &sampler, size_t count, HeadRows &head);
  /// Makes `survivors` the rows that are not computed yet and whose logit may be `least` or more.
  void surviveAll(float least, HeadRows &head);
  /// Reads the fine codes of the survivors.
  void refine(const LogitBounds &bounds, const Sampler &sampler, HeadRows &head);
  void addHighest(size_t count, std::span<const int32_t> among, std::vector<Candidate> &heap) const;
  std::vector<int32_t> highest(size_t count, std::span<const int32_t> among) const;
  void keepReachable(float least, std::vector<int32_t> &rows) const;
  void compute(std::vector<int32_t> rows, const Sampler &sampler, HeadRows &head);
  void penaliseInterval(int64_t row, const Sampler &sampler);

  int64_t rows, columns;
  RowFigureArrays figures;
  HeadStatistics counts;
  uint64_t failures = 0, pause = 0; ///< searches for a nucleus in vain, one after the other; tokens before the next

  HiddenCodes hiddenCodes;
  std::vector<int32_t> allRows;
  std::vector<CodeSums> coarseSums, fineSums;
  /// Between which floats the row's penalised logit lies. Of a row that was computed, `upper` is -infinity: it is no
  /// more to be found.
  std::vector<float> lower, upper;
  std::vector<uint8_t> inHistory;
  std::vector<int32_t> marked; ///< the rows whose inHistory is set
  std::vector<int32_t> survivors;
  std::vector<int32_t> knownIds; ///< computed rows and their penalised logits
  std::vector<float> knownLogits, scratch;
  /// What each thread found in its share of the rows.
  struct alignas(64) Finds {
    std::vector<Candidate> highest;
    std::vector<int32_t> rows; ///< room for its share; the first `count` are found
    size_t count = 0;
  };
  std::vector<Finds> finds;
};

} // namespace tern
