//===- kernel_bench.cpp - One product kernel alone, on cold weights ----------===//
#include "runtime/bench/kernel_bench.h"

#include "lib/base/version.h"
#include "lib/cpu/features.h"
#include "runtime/bench/clock.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>

namespace tern {

Json KernelFigures::toJson() const {
  return {{"family", family},
          {"variant", variant},
          {"layout", layout},
          {"rows", rows},
          {"columns", columns},
          {"tokens", tokens},
          {"threads", threads},
          {"density", density},
          {"bytes", bytes},
          {"macs", macs},
          {"lossy", lossy},
          {"wrong", wrong},
          {"seconds", seconds.toJson()},
          {"gmacs", gmacs()},
          {"gigabytes", gigabytes()},
          {"roofline_seconds", roofline},
          {"of_roofline", ofRoofline()}};
}

Json KernelReport::toJson() const {
  Json root = {
      {"version", TERN_VERSION}, {"cpu", hostCpuBrand()}, {"ceilings", Json::array()}, {"kernels", Json::array()}};
  for (const Ceilings &entry : ceilings)
    root["ceilings"].push_back(entry.toJson());
  for (const KernelFigures &figures : kernels)
    root["kernels"].push_back(figures.toJson());
  return root;
}

namespace {

/// Room for what a kernel reads and writes, at the alignment of a step's arenas.
template <typename T> class AlignedArray {
public:
  explicit AlignedArray(std::span<const T> from) : AlignedArray(from.size()) {
    std::copy(from.begin(), from.end(), data());
  }
  explicit AlignedArray(size_t size) : bytes(size * sizeof(T) + 64) {}
  T *data() {
    void *place = bytes.data();
    size_t room = bytes.size();
    return static_cast<T *>(std::align(64, 1, place, room));
  }

private:
  std::vector<std::byte> bytes;
};

/// A kernel with its operands.
class PreparedKernel {
public:
  PreparedKernel(const NamedKernel &named, std::mt19937 &random, uint64_t coldBytes)
      : named(named), operands(named.kernel.shape, random, named.density), codes(operands.codes), sums(operands.sums),
        out(size_t(shape().paddedTokens * shape().paddedRows)) {
    stride = (operands.packed.size() + 63) / 64 * 64;
    copies = std::max<uint64_t>(1, (coldBytes + stride - 1) / stride);
  }

  const ProductShape &shape() const { return named.kernel.shape; }
  uint64_t bufferBytes() const { return copies * stride; }

  void fill(uint8_t *buffer) const {
    for (uint64_t copy = 0; copy < copies; ++copy)
      std::memcpy(buffer + copy * stride, operands.packed.data(), operands.packed.size());
  }

  /// Sums that are wrong after one call on the whole team.
  int64_t check(ThreadTeam &team, uint8_t *buffer) {
    std::fill_n(out.data(), shape().paddedTokens * shape().paddedRows, INT32_MIN);
    time(team, buffer, 1);
    int64_t wrong = 0;
    for (int64_t token = 0; token < shape().tokenBound; ++token)
      for (int64_t row = 0; row < shape().rows; ++row)
        wrong += !operands.isRight(out.data()[token * shape().paddedRows + row], token, row);
    return wrong;
  }

  /// Seconds of a call, from calls on the first `count` copies.
  double time(ThreadTeam &team, uint8_t *buffer, uint64_t count) {
    struct Task {
      PreparedKernel *kernel;
      ThreadTeam *team;
      uint8_t *buffer;
      uint64_t count;
    } task{this, &team, buffer, count};
    double start = now();
    team.run(
        [](const void *argument, uint64_t thread, uint64_t threads) {
          const Task &task = *static_cast<const Task *>(argument);
          PreparedKernel &self = *task.kernel;
          auto [begin, end] = productShare(self.shape(), int64_t(thread), int64_t(threads));
          for (uint64_t copy = 0; copy < task.count; ++copy) {
            self.named.kernel.run({self.codes.data(), self.sums.data(), task.buffer + copy * self.stride,
                                   self.out.data(), begin, end - begin, self.shape().tokenBound,
                                   self.operands.scales.data()});
            task.team->barrier();
          }
        },
        &task);
    return (now() - start) / double(count);
  }

  /// As many calls as make a run of about a tenth of a second at most: a block of tokens takes long over each copy.
  double timeCold(ThreadTeam &team, uint8_t *buffer, double expected) {
    uint64_t count = std::clamp<uint64_t>(uint64_t(0.1 / std::max(expected, 1e-9)), 1, copies);
    return time(team, buffer, count);
  }

  KernelFigures figures(int64_t threads) const {
    KernelFigures result;
    result.family = named.family;
    result.variant = named.kernel.variant;
    result.layout = layoutName(shape().layout);
    result.rows = shape().rows;
    result.columns = shape().columns;
    result.tokens = shape().tokenBound;
    result.threads = threads;
    result.density = named.density;
    result.lossy = shape().byteTables;
    result.bytes = productBytes(shape().layout, result.rows, result.columns, result.tokens);
    result.macs = double(result.rows) * double(result.columns) * double(result.tokens);
    return result;
  }

private:
  const NamedKernel &named;
  ProductOperands operands;
  AlignedArray<int8_t> codes;
  AlignedArray<int32_t> sums, out;
  uint64_t stride = 0, copies = 1;
};

} // namespace

std::vector<std::string> productShapes(const Manifest &manifest) {
  std::vector<std::string> shapes;
  for (const ManifestTensor &tensor : manifest.tensors)
    if (tensor.kind == "ternary" && tensor.shape.size() == 2) {
      std::string shape = std::to_string(tensor.shape[0]) + "x" + std::to_string(tensor.shape[1]);
      if (std::ranges::find(shapes, shape) == shapes.end())
        shapes.push_back(shape);
    }
  return shapes;
}

Result<KernelReport> benchKernels(std::span<const NamedKernel> kernels, const KernelBenchOptions &options) {
  std::mt19937 random(1);
  std::vector<std::unique_ptr<PreparedKernel>> prepared;
  uint64_t bytes = kColdBytes;
  for (const NamedKernel &kernel : kernels) {
    prepared.push_back(std::make_unique<PreparedKernel>(kernel, random, options.coldBytes));
    bytes = std::max(bytes, prepared.back()->bufferBytes());
  }
  Result<ColdBuffer> buffer = ColdBuffer::create(bytes);
  if (!buffer)
    return buffer.error();

  const DotLoop &loop = dotLoopFor(
      std::ranges::any_of(kernels, [](const NamedKernel &named) { return multipliesTiles(named.kernel.variant); }));
  KernelReport report;
  std::vector<std::unique_ptr<ThreadTeam>> teams;
  for (int64_t threads : options.threads) {
    Result<std::unique_ptr<ThreadTeam>> team = ThreadTeam::create(uint64_t(threads));
    if (!team)
      return team.error();
    teams.push_back(std::move(*team));
    report.ceilings.emplace_back().loop = &loop;
    for (const auto &kernel : prepared)
      report.kernels.push_back(kernel->figures(threads));
  }
  size_t done = 0, total = size_t(options.repetitions) * kernels.size() * teams.size();
  for (int64_t round = 0; round < options.repetitions; ++round) {
    for (size_t t = 0; t < teams.size(); ++t)
      measureCeilings(*teams[t], *buffer, report.ceilings[t]);
    for (size_t k = 0; k < prepared.size(); ++k) {
      prepared[k]->fill(buffer->data());
      for (size_t t = 0; t < teams.size(); ++t) {
        KernelFigures &figures = report.kernels[t * prepared.size() + k];
        if (options.progress)
          options.progress(done++, total);
        if (round == 0)
          figures.wrong = prepared[k]->check(*teams[t], buffer->data());
        const Ceilings &ceilings = report.ceilings[t];
        double expected = std::max(figures.bytes / ceilings.bandwidth(), figures.macs / ceilings.dotPeak());
        figures.seconds.add(prepared[k]->timeCold(*teams[t], buffer->data(), expected));
      }
    }
  }
  for (size_t t = 0; t < teams.size(); ++t)
    for (size_t k = 0; k < prepared.size(); ++k) {
      KernelFigures &figures = report.kernels[t * prepared.size() + k];
      figures.roofline =
          std::max(figures.bytes / report.ceilings[t].bandwidth(), figures.macs / report.ceilings[t].dotPeak());
    }
  return report;
}

} // namespace tern
