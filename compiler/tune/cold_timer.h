//===- cold_timer.h - Products timed on weights that no cache holds -----------===//
#pragma once

#include "lib/trit/product.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace tern {

/// Makes operands for product kernels of one matrix and times them. The weights of a product are
/// copied so often that one pass over all copies is larger than the last-level cache; each call
/// takes the next copy, so it finds its weights in memory, as decode does.
class ColdTimer {
public:
  ColdTimer(int64_t rows, int64_t columns, int64_t threads);
  ~ColdTimer();

  /// Whether the kernel's sums for `tokens` random tokens equal the scalar product's.
  bool isExact(const ProductKernel &kernel, int64_t tokens);

  /// Median nanoseconds of one product of `tokens` tokens for each kernel: `rounds` rounds, each of
  /// which calls every kernel once, so that a busy neighbour slows all of them alike. Stops early,
  /// after at least one round, when `stop` says so. `done` is the number of rounds.
  struct Times {
    std::vector<double> nanoseconds;           ///< medians, in the order of the kernels
    std::vector<std::vector<double>> perRound; ///< [kernel][round]
    int64_t rounds = 0;
  };
  Times time(std::span<const ProductKernel *const> kernels, int64_t tokens, int64_t rounds,
             const std::function<bool()> &stop);

private:
  struct Weights;
  struct Buffers;
  class Team;
  Weights &weightsFor(const ProductShape &shape);
  double callOnce(const ProductKernel &kernel, Weights &weights, Buffers &buffers, int64_t tokens, Team &team);

  int64_t rows, columns, threads;
  std::vector<int8_t> trits;
  std::vector<std::unique_ptr<Weights>> packed;      ///< one for each layout
  std::map<int64_t, std::vector<int32_t>> reference; ///< the scalar product, by tokens
};

} // namespace tern
