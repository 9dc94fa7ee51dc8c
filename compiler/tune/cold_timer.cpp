//===- cold_timer.cpp - Products timed on weights that no cache holds ---------===//
#include "compiler/tune/cold_timer.h"

#include "lib/trit/reference.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <random>
#include <thread>

#include <sys/mman.h>
#include <unistd.h>

namespace tern {
namespace {

using Clock = std::chrono::steady_clock;

/// Bytes that pass between two reads of one copy: twice the last-level cache, at least 64 MB (where the system does not
/// say), at most 128 MB.
size_t coldBytes() {
  long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
  return std::clamp(size_t(std::max(cache, 0L)) * 2, size_t(64) << 20, size_t(128) << 20);
}

double medianOf(std::vector<double> values) {
  auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

} // namespace

/// The matrix in one layout, as often as was asked for.
struct ColdTimer::Weights {
  Weights(const Layout &layout, std::span<const int8_t> trits, int64_t rows, int64_t columns)
      : layout(layout), stride((size_t(layout.matrixBytes(rows, columns)) + 63) / 64 * 64) {
    if (!reserve(1))
      return;
    size_t band = size_t(layout.bandBytes(columns));
    for (int64_t row = 0; row < rows; row += layout.tileRows) {
      int64_t count = std::min(layout.tileRows, rows - row);
      packBand(layout, trits.subspan(size_t(row * columns), size_t(count * columns)), count, columns,
               {memory + size_t(row / layout.tileRows) * band, band});
    }
  }
  ~Weights() {
    if (memory)
      munmap(memory, bytes);
  }

  /// At least so many copies; false when there is no memory for them.
  bool reserve(size_t wanted) {
    if (copies >= wanted)
      return true;
    size_t size = stride * wanted + kSlack;
    void *place = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED)
      return false;
    madvise(place, size, MADV_HUGEPAGE);
    auto *larger = static_cast<uint8_t *>(place);
    if (memory) {
      for (size_t copy = 0; copy < wanted; ++copy)
        std::memcpy(larger + copy * stride, memory, stride);
      munmap(memory, bytes);
    }
    memory = larger;
    bytes = size;
    copies = wanted;
    return true;
  }

  const uint8_t *nextCopy() {
    current = (current + 1) % copies;
    return memory + current * stride;
  }

  static constexpr size_t kSlack = 65536; ///< the longest prefetch distance
  Layout layout;
  size_t stride, copies = 0, bytes = 0, current = 0;
  uint8_t *memory = nullptr;
};

/// Codes and sums of a product; what padded columns hold must not matter, but they are 0 in a model.
struct ColdTimer::Buffers {
  explicit Buffers(const ProductShape &shape)
      : codes(size_t(shape.paddedTokens * shape.paddedColumns)), sums(size_t(shape.paddedTokens)),
        out(size_t(shape.paddedTokens * shape.paddedRows)) {
    std::mt19937 random(20240227);
    for (int64_t token = 0; token < shape.paddedTokens; ++token)
      for (int64_t column = 0; column < shape.columns; ++column) {
        auto code = int8_t(random());
        codes[size_t(token * shape.paddedColumns + column)] = code;
        sums[size_t(token)] += code;
      }
  }
  std::vector<int8_t> codes;
  std::vector<int32_t> sums, out;
};

/// Threads that wait between calls without sleeping: waking up would be in the measured time.
class ColdTimer::Team {
public:
  explicit Team(int64_t threads) {
    for (int64_t i = 1; i < threads; ++i)
      workers.emplace_back([this, i] { work(i); });
  }
  ~Team() {
    task = nullptr;
    generation.fetch_add(1, std::memory_order_release);
    for (std::thread &worker : workers)
      worker.join();
  }

  void run(const std::function<void(int64_t)> &body) {
    task = &body;
    finished.store(0, std::memory_order_relaxed);
    generation.fetch_add(1, std::memory_order_release);
    body(0);
    while (finished.load(std::memory_order_acquire) < int64_t(workers.size()))
      std::this_thread::yield();
  }

private:
  void work(int64_t index) {
    for (uint64_t seen = 0;;) {
      while (generation.load(std::memory_order_acquire) == seen)
        std::this_thread::yield();
      ++seen;
      if (!task)
        return;
      (*task)(index);
      finished.fetch_add(1, std::memory_order_release);
    }
  }

  std::vector<std::thread> workers;
  const std::function<void(int64_t)> *task = nullptr;
  std::atomic<uint64_t> generation{0};
  std::atomic<int64_t> finished{0};
};

ColdTimer::ColdTimer(int64_t rows, int64_t columns, int64_t threads)
    : rows(rows), columns(columns), threads(threads), trits(size_t(rows * columns)) {
  std::mt19937 random(19700101);
  for (int8_t &trit : trits)
    trit = int8_t(int(random() % 3) - 1);
}

ColdTimer::~ColdTimer() = default;

ColdTimer::Weights &ColdTimer::weightsFor(const ProductShape &shape) {
  for (const auto &weights : packed)
    if (weights->layout == shape.layout)
      return *weights;
  packed.push_back(std::make_unique<Weights>(shape.layout, trits, rows, columns));
  return *packed.back();
}

double ColdTimer::callOnce(const ProductKernel &kernel, Weights &weights, Buffers &buffers, int64_t tokens,
                           Team &team) {
  if (!weights.memory) // no copy, since there is no memory for one: the slowest of all
    return std::numeric_limits<double>::infinity();
  const uint8_t *matrix = weights.nextCopy();
  Clock::time_point start = Clock::now();
  team.run([&](int64_t thread) {
    auto [begin, end] = productShare(kernel.shape, thread, threads);
    kernel.run({buffers.codes.data(), buffers.sums.data(), matrix, buffers.out.data(), begin, end - begin, tokens});
  });
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

bool ColdTimer::isExact(const ProductKernel &kernel, int64_t tokens) {
  Weights &weights = weightsFor(kernel.shape);
  if (!weights.memory)
    return false;
  Buffers buffers(kernel.shape);
  Team team(threads);
  callOnce(kernel, weights, buffers, tokens, team);
  std::vector<int32_t> &expected = reference[tokens];
  if (expected.empty()) { // the codes are the same for every layout
    expected.resize(size_t(rows * tokens));
    std::vector<int8_t> codes;
    for (int64_t token = 0; token < tokens; ++token) {
      auto row = buffers.codes.begin() + token * kernel.shape.paddedColumns;
      codes.insert(codes.end(), row, row + columns);
    }
    referenceMatmul(trits, codes, rows, columns, tokens, expected);
  }
  for (int64_t token = 0; token < tokens; ++token)
    for (int64_t row = 0; row < rows; ++row)
      if (buffers.out[size_t(token * kernel.shape.paddedRows + row)] != expected[size_t(token * rows + row)])
        return false;
  return true;
}

ColdTimer::Times ColdTimer::time(std::span<const ProductKernel *const> kernels, int64_t tokens, int64_t rounds,
                                 const std::function<bool()> &stop) {
  Times times;
  times.perRound.resize(kernels.size());
  std::vector<Buffers> buffers;
  for (const ProductKernel *kernel : kernels)
    buffers.emplace_back(kernel->shape);
  std::erase_if(packed, [&](const auto &weights) { // memory for what the steps before needed
    return std::ranges::none_of(kernels,
                                [&](const ProductKernel *kernel) { return kernel->shape.layout == weights->layout; });
  });
  // The layouts take turns, so their copies together are what passes between two reads of one.
  std::vector<Layout> layouts;
  for (const ProductKernel *kernel : kernels)
    if (std::ranges::find(layouts, kernel->shape.layout) == layouts.end())
      layouts.push_back(kernel->shape.layout);
  for (const ProductKernel *kernel : kernels) {
    Weights &weights = weightsFor(kernel->shape);
    weights.reserve(coldBytes() / layouts.size() / weights.stride + 1);
  }
  Team team(threads);
  for (size_t i = 0; i < kernels.size(); ++i) // code and buffers into the caches
    callOnce(*kernels[i], weightsFor(kernels[i]->shape), buffers[i], tokens, team);
  while (times.rounds < rounds && (times.rounds == 0 || !stop())) {
    for (size_t n = 0; n < kernels.size(); ++n) {
      // Another order each round: nobody always follows the same neighbour.
      size_t i = (n + size_t(times.rounds)) % kernels.size();
      times.perRound[i].push_back(callOnce(*kernels[i], weightsFor(kernels[i]->shape), buffers[i], tokens, team));
    }
    ++times.rounds;
  }
  for (const std::vector<double> &values : times.perRound)
    times.nanoseconds.push_back(medianOf(values));
  return times;
}

} // namespace tern
