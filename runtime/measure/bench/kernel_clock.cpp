//===- kernel_clock.cpp - A kernel's time in cycles ------------------------------===//
#include "runtime/measure/bench/kernel_clock.h"

#include "runtime/measure/bench/clock.h"

#include <algorithm>

namespace tern {
namespace {

constexpr int kRounds = 9;
constexpr int64_t kNearBytes = 256 << 10; // half of the smallest second-level cache of today's servers

/// A chain of additions, each waiting for the one before: one a cycle.
double cyclesPerSecond() {
#if defined(__x86_64__) || defined(__aarch64__)
  constexpr int64_t kLoops = 200000, kAdds = 20;
  uint64_t value = 0;
  double start = now();
  for (int64_t i = 0; i < kLoops; ++i)
#pragma GCC unroll 20
    for (int add = 0; add < kAdds; ++add) {
#if defined(__x86_64__)
      asm volatile("add $1, %0" : "+r"(value));
#else
      asm volatile("add %0, %0, #1" : "+r"(value));
#endif
    }
  return double(kLoops * kAdds) / (now() - start);
#else
  return 0;
#endif
}

} // namespace

Result<KernelTiming> timeKernel(const NamedKernel &named, int64_t tokens) {
  const ProductShape &shape = named.kernel.shape;
  std::mt19937 random(1);
  ProductOperands operands(shape, random, named.density);
  std::vector<int32_t> out(size_t(shape.paddedTokens * shape.paddedRows));
  int64_t band = shape.layout.bandBytes(shape.columns), bands = shape.paddedRows / shape.layout.tileRows;
  int64_t few = std::clamp<int64_t>(kNearBytes / 2 / std::max<int64_t>(band, 1), 1, std::max<int64_t>(bands / 2, 1));
  int64_t many = std::min(2 * few, bands);
  // Each round takes about a millisecond, so that the clock's own time does not count.
  auto seconds = [&](int64_t count) {
    int64_t rows = std::min(count * shape.layout.tileRows, shape.rows);
    auto calls = [&](int64_t times) {
      double start = now();
      for (int64_t i = 0; i < times; ++i)
        named.kernel.run({operands.codes.data(), operands.sums.data(), operands.packed.data(), out.data(), 0, rows,
                          tokens, operands.scales.data()});
      return (now() - start) / double(times);
    };
    return calls(std::max<int64_t>(1, int64_t(1e-3 / std::max(calls(3), 1e-9))));
  };
  Sample slope, clock;
  for (int round = 0; round < kRounds; ++round) {
    clock.add(cyclesPerSecond());
    double less = seconds(few), more = seconds(many);
    slope.add(many > few ? (more - less) / double(many - few) : more);
  }
  KernelBenchOptions options;
  options.threads = {1};
  options.repetitions = 3;
  Result<KernelReport> cold = benchKernels(std::span(&named, 1), options);
  if (!cold)
    return cold.error();
  if (cold->kernels[0].wrong != 0)
    return Error{named.family + ": " + std::to_string(cold->kernels[0].wrong) + " sums differ from the scalar product"};
  // The cold run makes all tokens of the bound.
  return KernelTiming{slope.median() * double(bands),
                      cold->kernels[0].seconds.median() * double(tokens) / double(shape.tokenBound), clock.median()};
}

} // namespace tern
