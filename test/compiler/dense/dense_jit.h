//===- dense_jit.h - Runs dense kernels in the test's own process ---------===//
#pragma once

#include "compiler/dense/dense_kernel.h"
#include "compiler/operators/operators.h"

#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <ostream>
#include <span>
#include <string>
#include <sys/mman.h>
#include <vector>

namespace llvm {
class Function;
} // namespace llvm

namespace tern::test {

/// The declaration that MLIR makes of the kernel's operands.
llvm::Function *declareKernel(llvm::Module &module, const DenseKernel &kernel);

/// A target of which this machine can run the code.
struct RunnableTarget {
  std::string name; // of the test instance
  TargetInfo target;
};
inline void PrintTo(const RunnableTarget &target, std::ostream *out) { *out << target.name; }

/// The host, and on x86-64 also AVX2 without AVX-512 (where the host has it), and the baseline.
std::vector<RunnableTarget> runnableTargets();

/// A strided buffer whose last element ends at a page that cannot be touched, with gaps of a known
/// pattern between rows.
template <typename T> class Strided {
public:
  Strided(std::vector<int64_t> shape, int64_t gap = 3) : shape(std::move(shape)), strides(this->shape.size(), 1) {
    int64_t stride = 1;
    for (size_t i = this->shape.size(); i-- > 0;) {
      strides[i] = stride;
      stride = stride * this->shape[i] + (i + 1 == this->shape.size() ? gap : 0);
    }
    count = 1;
    for (size_t i = 0; i < this->shape.size(); ++i)
      count += (this->shape[i] - 1) * strides[i];
    constexpr size_t page = 4096;
    mapped = (size_t(count + 1) * sizeof(T) + page - 1) / page * page + page;
    base = static_cast<char *>(mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base + mapped - page, page, PROT_NONE);
    first = reinterpret_cast<T *>(base + mapped - page) - count;
    std::memset(base, gapByte, mapped - page);
  }
  ~Strided() { munmap(base, mapped); }
  Strided(const Strided &) = delete;
  Strided &operator=(const Strided &) = delete;

  T &operator()(int64_t i) { return first[i * strides[0]]; }
  T &operator()(int64_t i, int64_t j) { return first[i * strides[0] + j * strides[1]]; }
  T &operator()(int64_t i, int64_t j, int64_t k, int64_t l) {
    return first[i * strides[0] + j * strides[1] + k * strides[2] + l * strides[3]];
  }
  T &operator()(int64_t i, int64_t j, int64_t k) { return first[i * strides[0] + j * strides[1] + k * strides[2]]; }

  /// Whether everything outside the shape still holds the pattern (rank 1 and 2).
  bool gapsAreUntouched() const {
    int64_t width = shape.back(), pitch = shape.size() > 1 ? strides[0] : width;
    auto *bytes = reinterpret_cast<const unsigned char *>(first);
    for (int64_t i = 0; i < count; ++i)
      for (size_t b = 0; i % pitch >= width && b < sizeof(T); ++b)
        if (bytes[size_t(i) * sizeof(T) + b] != gapByte)
          return false;
    for (auto *byte = reinterpret_cast<const unsigned char *>(base); byte < bytes; ++byte)
      if (*byte != gapByte)
        return false;
    return true;
  }

  /// The words of MLIR's memref convention. The offset is one element, so that it counts.
  void appendTo(std::vector<uint64_t> &words) const {
    auto aligned = reinterpret_cast<uint64_t>(first - 1);
    words.insert(words.end(), {aligned, aligned, 1});
    words.insert(words.end(), shape.begin(), shape.end());
    words.insert(words.end(), strides.begin(), strides.end());
  }

  std::vector<int64_t> shape, strides;

private:
  static constexpr unsigned char gapByte = 0xA5;
  int64_t count = 0;
  size_t mapped = 0;
  char *base = nullptr;
  T *first = nullptr;
};

/// A kernel compiled for a target, in memory.
class CompiledKernel {
public:
  /// Declares, defines, optimises and compiles the kernel; expects that its module needs nothing
  /// from outside.
  CompiledKernel(const DenseKernel &kernel, const TargetInfo &target);
  ~CompiledKernel();

  template <typename... Arguments> void operator()(Arguments &...arguments) {
    std::vector<uint64_t> words;
    (append(words, arguments), ...);
    call(words);
  }

  /// LLVM IR after optimisation.
  std::string ir;

private:
  template <typename T> static void append(std::vector<uint64_t> &words, Strided<T> &buffer) { buffer.appendTo(words); }
  static void append(std::vector<uint64_t> &words, const int64_t &index) { words.push_back(uint64_t(index)); }
  void call(std::span<const uint64_t> words);

  struct State;
  std::unique_ptr<State> state;
};

/// Deterministic numbers, roughly normal.
class Numbers {
public:
  explicit Numbers(uint64_t seed) : state(seed * 0x9E3779B97F4A7C15ull + 1) {}
  double uniform();
  float normal();
  template <typename T> void fill(Strided<T> &buffer) {
    for (int64_t i = 0; i < buffer.shape[0]; ++i)
      for (int64_t j = 0; j < (buffer.shape.size() > 1 ? buffer.shape[1] : 1); ++j)
        buffer.shape.size() > 1 ? buffer(i, j) = normal() : buffer(i) = normal();
  }

private:
  uint64_t state;
};

inline constexpr int64_t dynamic = DenseOperand::dynamic;
inline DenseOperand f32(std::vector<int64_t> shape) { return {DenseElement::F32, std::move(shape)}; }

/// Tests of one kernel on every runnable target.
class DenseTest : public testing::TestWithParam<RunnableTarget> {};

} // namespace tern::test
