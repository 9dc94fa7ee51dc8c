//===- kernel_clock.h - A kernel's time in cycles --------------------------------===//
#pragma once

#include "lib/base/result.h"
#include "runtime/measure/bench/kernel_bench.h"

namespace tern {

/// Time of one call for all rows and `tokens` tokens on one thread.
struct KernelTiming {
  double secondsHot = 0;  ///< weights in the caches nearest to the core, without what a call does once (tables)
  double secondsCold = 0; ///< weights from memory
  double clock = 0;       ///< cycles per second of the core meanwhile; 0 when it cannot be told
};

/// The time in the caches is the slope over the rows of two short calls, so that a matrix larger than the caches has
/// one too. An error when a sum is wrong or memory is missing.
Result<KernelTiming> timeKernel(const NamedKernel &kernel, int64_t tokens);

} // namespace tern
