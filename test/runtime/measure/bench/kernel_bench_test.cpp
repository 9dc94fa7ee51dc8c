//===- kernel_bench_test.cpp - Timing finds wrong kernels ---------------------===//
#include "runtime/measure/bench/kernel_bench.h"

#include "lib/trit/reference.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

constexpr Layout kLayout{Encoding::Codes2, 4, 64};

/// A kernel of plain loops over the packed weights, for what surrounds a kernel.
ProductKernel plainKernel(int64_t rows, int64_t columns, int64_t tokens, const Layout &layout = kLayout) {
  ProductShape shape{rows, columns, tokens, tokens, layout.paddedRows(rows), layout.paddedColumns(columns), layout};
  auto run = [shape](const KernelCall &call) {
    auto band = shape.layout.bandBytes(shape.columns);
    for (int64_t row = call.begin; row < call.begin + call.size; row += shape.layout.tileRows) {
      int64_t count = std::min(shape.layout.tileRows, call.begin + call.size - row);
      std::vector<int8_t> trits(size_t(count * shape.columns));
      unpackBand(shape.layout, {call.weights + row / shape.layout.tileRows * band, size_t(band)}, count, shape.columns,
                 trits);
      for (int64_t token = 0; token < call.tokens; ++token)
        for (int64_t r = 0; r < count; ++r) {
          int32_t sum = 0;
          for (int64_t c = 0; c < shape.columns; ++c)
            sum += trits[size_t(r * shape.columns + c)] * call.codes[token * shape.paddedColumns + c];
          call.out[token * shape.paddedRows + row + r] = sum;
        }
    }
  };
  return {shape, "plain", run};
}

KernelBenchOptions quick() {
  KernelBenchOptions options;
  options.threads = {1, 3};
  options.repetitions = 2;
  options.coldBytes = 4096;
  return options;
}

TEST(KernelBench, ExactKernelHasNoWrongSums) {
  std::vector<NamedKernel> kernels = {{"plain", plainKernel(10, 70, 2), 1}, {"plain", plainKernel(5, 130, 1), 0.5}};
  Result<KernelReport> report = benchKernels(kernels, quick());
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->kernels.size(), 4u); // two kernels at two numbers of threads
  ASSERT_EQ(report->ceilings.size(), 2u);
  for (const KernelFigures &figures : report->kernels) {
    EXPECT_EQ(figures.wrong, 0) << figures.rows << " rows, " << figures.threads << " threads";
    EXPECT_EQ(figures.seconds.values().size(), 2u);
  }
  const KernelFigures &first = report->kernels.front();
  EXPECT_EQ(first.threads, 1);
  EXPECT_EQ(first.macs, 10 * 70 * 2);
  EXPECT_EQ(first.bytes, 12 * 128 / 4 + 2 * (70 + 4 * 10)); // padded weights, codes, sums
  EXPECT_EQ(first.toJson()["layout"], "codes2:4x64");
}

TEST(KernelBench, EveryWrongSumIsCounted) {
  ProductKernel wrong = plainKernel(9, 64, 1);
  wrong.run = [exact = wrong.run](const KernelCall &call) {
    exact(call);
    if (call.begin <= 2 && 2 < call.begin + call.size)
      ++call.out[2];
  };
  std::vector<NamedKernel> kernels = {{"wrong", wrong, 1}};
  Result<KernelReport> report = benchKernels(kernels, quick());
  ASSERT_TRUE(report) << report.error().message;
  for (const KernelFigures &figures : report->kernels)
    EXPECT_EQ(figures.wrong, 1);
}

TEST(KernelBench, LossySumsMayBeOffByTheirBound) {
  ProductKernel lossy = plainKernel(9, 64, 1, {Encoding::Planes2, 4, 16});
  lossy.shape.byteTables = true;
  std::mt19937 random(1);
  double bound = ProductOperands(lossy.shape, random).errors[0];
  EXPECT_GT(bound, 16 * 1.5 / 2); // 16 groups of columns, half a step of 1 or more for each
  for (auto [off, wrong] : {std::pair(int32_t(bound / 2), 0), std::pair(int32_t(100 * bound), 1)}) {
    ProductKernel kernel = lossy;
    kernel.run = [exact = lossy.run, off](const KernelCall &call) {
      exact(call);
      if (call.begin <= 2 && 2 < call.begin + call.size)
        call.out[2] += off;
    };
    std::vector<NamedKernel> kernels = {{"lossy", kernel, 1}};
    Result<KernelReport> report = benchKernels(kernels, quick());
    ASSERT_TRUE(report) << report.error().message;
    for (const KernelFigures &figures : report->kernels) {
      EXPECT_TRUE(figures.lossy);
      EXPECT_EQ(figures.wrong, wrong);
    }
  }
}

TEST(KernelBench, DensityIsTheShareOfColumnsThatAreNotZero) {
  std::mt19937 random(3);
  ProductOperands none(plainKernel(1, 400, 2).shape, random, 0), some(plainKernel(1, 400, 2).shape, random, 0.3);
  EXPECT_TRUE(std::ranges::all_of(none.codes, [](int8_t code) { return code == 0; }));
  int64_t busy = 0;
  for (int64_t column = 0; column < 400; ++column)
    busy += some.codes[size_t(column)] != 0;
  EXPECT_NEAR(double(busy), 120, 40);
}

} // namespace
} // namespace tern
