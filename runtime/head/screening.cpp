//===- screening.cpp - The next token without computing every logit -------===//
#include "runtime/head/screening.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tern {

static constexpr float kInfinity = std::numeric_limits<float>::infinity();
/// So few rows cost less than a stage more to have fewer.
static constexpr size_t kFewRows = 64;
/// Rows computed beyond those that the sampler asks for: middles of coarse intervals are off by a fiftieth of the
/// interval, so the highest logit is nearly always among the four highest middles. Each row costs 5 KB at 2,560
/// columns, and often memory pages that were never touched.
static constexpr size_t kSpareRows = 3;

Screening::Screening(int64_t rows, int64_t columns, const RowFigureArrays &figures)
    : rows(rows), columns(columns), figures(figures), allRows(size_t(rows)), coarseSums(size_t(rows)),
      lower(size_t(rows)), upper(size_t(rows)), inHistory(size_t(rows)) {
  std::iota(allRows.begin(), allRows.end(), 0);
}

Result<int32_t> Screening::sampleAll(Sampler &sampler, std::span<const int32_t> history, HeadRows &head) {
  scratch.resize(size_t(rows));
  head.all(scratch.data());
  ++counts.fullTokens;
  counts.bytes += uint64_t(rows * columns * 2);
  return sampler.next(scratch, history);
}

Status Screening::markHistory(const Sampler &sampler, std::span<const int32_t> history) {
  for (int32_t id : marked)
    inHistory[size_t(id)] = 0;
  marked.clear();
  if (!sampler.penalises())
    return {};
  for (int32_t id : history) {
    if (id < 0 || id >= rows)
      return Error{"the history holds the token " + std::to_string(id) + ", there are " + std::to_string(rows) +
                   " logits"};
    if (!inHistory[size_t(id)])
      marked.push_back(id);
    inHistory[size_t(id)] = 1;
  }
  std::ranges::sort(marked);
  return {};
}

/// The penalty is monotonous, in float too, so it maps an interval by its ends.
void Screening::penaliseInterval(int64_t row, const Sampler &sampler) {
  size_t i = size_t(row);
  lower[i] = sampler.penalised(lower[i]);
  upper[i] = std::max(sampler.penalised(upper[i]), -std::numeric_limits<float>::max());
}

/// Rows at a time of which bounds are made and looked at: 16 KB that stay in the first-level cache.
static constexpr size_t kBlockRows = 2048;

std::vector<int32_t> Screening::boundAll(const LogitBounds &bounds, const Sampler &sampler, size_t count,
                                         HeadRows &head) {
  finds.resize(head.threads());
  head.share([&](uint64_t thread, uint64_t threads) {
    size_t begin = size_t(rows) * thread / threads, end = size_t(rows) * (thread + 1) / threads;
    std::vector<Candidate> &heap = finds[thread].highest;
    heap.clear();
    // Marked rows are in rising order.
    auto next = std::ranges::lower_bound(marked, int32_t(begin));
    for (size_t first = begin; first < end; first += kBlockRows) {
      size_t last = std::min(first + kBlockRows, end);
      bounds.coarse(std::span(coarseSums).subspan(first, last - first), int64_t(first), lower.data() + first,
                    upper.data() + first);
      for (; next != marked.end() && size_t(*next) < last; ++next)
        penaliseInterval(*next, sampler);
      addHighest(count, std::span(allRows).subspan(first, last - first), heap);
    }
  });
  std::vector<Candidate> all;
  for (const Finds &found : finds)
    all.insert(all.end(), found.highest.begin(), found.highest.end());
  std::ranges::sort(all, std::greater<>());
  std::vector<int32_t> best;
  for (const Candidate &candidate : std::span(all).first(std::min(count, all.size())))
    best.push_back(candidate.second);
  return best;
}

void Screening::surviveAll(float least, HeadRows &head) {
  finds.resize(head.threads());
  head.share([&](uint64_t thread, uint64_t threads) {
    size_t begin = size_t(rows) * thread / threads, end = size_t(rows) * (thread + 1) / threads, count = 0;
    std::vector<int32_t> &found = finds[thread].rows;
    found.resize(end - begin);
    for (size_t row = begin; row < end; ++row) { // no branch: a tenth of random rows survives, anywhere
      found[count] = int32_t(row);
      count += size_t(!(upper[row] < least)) & size_t(upper[row] != -kInfinity);
    }
    finds[thread].count = count;
  });
  survivors.clear();
  for (const Finds &found : finds)
    survivors.insert(survivors.end(), found.rows.begin(), found.rows.begin() + std::ptrdiff_t(found.count));
}

/// Both bounds of a row hold, so the narrower one of each side does.
void Screening::refine(const LogitBounds &bounds, const Sampler &sampler, HeadRows &head) {
  fineSums.resize(survivors.size());
  head.screen(hiddenCodes, 1, survivors, fineSums.data());
  counts.fineRows += survivors.size();
  counts.bytes += survivors.size() * (uint64_t(codeRowBytes(columns, 1)) + 5 * sizeof(float));
  head.share([&](uint64_t thread, uint64_t threads) {
    size_t begin = survivors.size() * thread / threads, end = survivors.size() * (thread + 1) / threads;
    for (size_t i = begin; i < end; ++i) {
      size_t row = size_t(survivors[i]);
      float low = lower[row], high = upper[row];
      bounds.fine(coarseSums[row], fineSums[i], int64_t(row), lower[row], upper[row]);
      if (inHistory[row])
        penaliseInterval(int64_t(row), sampler);
      lower[row] = std::max(lower[row], low);
      upper[row] = std::min(upper[row], high);
    }
  });
}

/// Keeps in `heap`, the lowest in front, the `count` rows with the highest middles; rows without a finite interval are
/// not among them.
void Screening::addHighest(size_t count, std::span<const int32_t> among, std::vector<Candidate> &heap) const {
  float bar = heap.size() == count ? heap.front().first : -kInfinity;
  for (int32_t row : among) {
    float middle = lower[size_t(row)] + upper[size_t(row)];
    if (!(middle > bar))
      continue;
    if (heap.size() == count) {
      std::ranges::pop_heap(heap, std::greater<>());
      heap.pop_back();
    }
    heap.emplace_back(middle, row);
    std::ranges::push_heap(heap, std::greater<>());
    if (heap.size() == count)
      bar = heap.front().first;
  }
}

std::vector<int32_t> Screening::highest(size_t count, std::span<const int32_t> among) const {
  std::vector<Candidate> heap;
  heap.reserve(count);
  addHighest(count, among, heap);
  std::vector<int32_t> found;
  found.reserve(heap.size());
  for (const Candidate &entry : heap)
    found.push_back(entry.second);
  return found;
}

/// Leaves the rows that are not computed yet and whose logit may be `least` or more.
void Screening::keepReachable(float least, std::vector<int32_t> &rows) const {
  std::erase_if(rows, [&](int32_t row) { return upper[size_t(row)] < least || upper[size_t(row)] == -kInfinity; });
}

void Screening::compute(std::vector<int32_t> list, const Sampler &sampler, HeadRows &head) {
  if (list.empty())
    return;
  std::ranges::sort(list); // in the order of memory
  size_t first = knownIds.size();
  knownIds.insert(knownIds.end(), list.begin(), list.end());
  knownLogits.resize(knownIds.size());
  head.exact(list, knownLogits.data() + first);
  for (size_t i = first; i < knownIds.size(); ++i) {
    size_t row = size_t(knownIds[i]);
    if (inHistory[row])
      knownLogits[i] = sampler.penalised(knownLogits[i]);
    upper[row] = -kInfinity;
  }
  counts.exactRows += list.size();
  counts.bytes += uint64_t(list.size()) * uint64_t(columns) * 2;
}

Result<int32_t> Screening::sample(std::span<const float> hidden, Sampler &sampler, std::span<const int32_t> history,
                                  HeadRows &head) {
  ++counts.tokens;
  bool cuts = sampler.cuts(size_t(rows)), nucleus = !cuts && sampler.sumsNucleus() && pause == 0;
  pause -= pause > 0;
  if (!cuts && !nucleus)
    return sampleAll(sampler, history, head);
  if (Status status = markHistory(sampler, history); !status)
    return status.error();
  encodeHidden(hidden, hiddenCodes);
  if (!hiddenCodes.usable)
    return sampleAll(sampler, history, head);
  LogitBounds bounds(hiddenCodes, columns, figures);

  head.screen(hiddenCodes, 0, allRows, coarseSums.data());
  counts.coarseRows += uint64_t(rows);
  counts.bytes += uint64_t(rows) * (uint64_t(codeRowBytes(columns, 0)) + 3 * sizeof(float));

  // The likely ones first: their logits exclude most of the others.
  knownIds.clear();
  knownLogits.clear();
  size_t wanted = sampler.wanted() + std::max(kSpareRows, sampler.wanted() / 8);
  compute(boundAll(bounds, sampler, wanted, head), sampler, head);
  if (nucleus)
    return sampleNucleus(bounds, sampler, history, head);
  float least = sampler.least(knownLogits);
  surviveAll(least, head);

  if (survivors.size() > kFewRows) {
    refine(bounds, sampler, head);
    keepReachable(least, survivors);
    if (survivors.size() > kFewRows) {
      compute(highest(wanted, survivors), sampler, head);
      keepReachable(sampler.least(knownLogits), survivors);
    }
    if (survivors.size() > size_t(rows) / 2)
      return sampleAll(sampler, history, head);
  }
  compute(survivors, sampler, head);

  // Which were computed when does not matter to the sampler, but their order does.
  std::vector<int32_t> order(knownIds.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](int32_t i) { return knownIds[size_t(i)]; });
  std::vector<int32_t> ids;
  scratch.clear();
  for (int32_t i : order) {
    ids.push_back(knownIds[size_t(i)]);
    scratch.push_back(knownLogits[size_t(i)]);
  }
  return sampler.nextAmong(ids, scratch);
}

} // namespace tern
