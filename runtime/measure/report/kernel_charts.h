//===- kernel_charts.h - Timed kernels as charts ------------------------------===//
//
// What the pages of tern-bench and of tern-tune have in common.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "runtime/measure/report/page.h"

#include <cstdint>
#include <span>
#include <string>

namespace tern {

/// One kernel that was timed on one product.
struct TimedKernel {
  std::string family, strategy; ///< "dot2-v64", "lanes"
  std::string layout, kernel;   ///< as people read them; a layout begins with its encoding
  int64_t rows, columns, tokens, threads;
  double bytes, macs, seconds; ///< of one call

  double gmacs() const { return macs / seconds * 1e-9; }
};

/// What the machine can do with so many threads: bytes and multiply-adds per second.
struct MachineCeilings {
  int64_t threads;
  double bandwidth, dotPeak;
};

/// How a kernel multiplies, which its text begins with: "lanes" of "lanes<width = 64>"; "dot" of "dot, width = 64",
/// which files of before have.
std::string strategyOf(std::string_view kernel);

/// "1 thread", "2 threads".
std::string plural(int64_t count, std::string_view what);

/// Adds a roofline for each number of threads with every kernel on it. Families have a colour each where they are few
/// enough, else encodings have; the fastest kernel of a token count is named.
void addRooflines(HtmlPage &page, std::span<const MachineCeilings> ceilings, std::span<const TimedKernel> kernels);

/// Adds bars for each shape, token count and number of threads: every kernel where there are few, else the fastest of
/// each strategy.
void addStrategies(HtmlPage &page, std::span<const MachineCeilings> ceilings, std::span<const TimedKernel> kernels);

} // namespace tern
