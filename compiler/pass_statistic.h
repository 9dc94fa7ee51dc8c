//===- pass_statistic.h - Counts that passes report -----------------------------===//
//
// MLIR's own Pass::Statistic counts nothing where LLVM was built without its statistics, as distributions build it
// (LLVM_FORCE_ENABLE_STATS is 0 and NDEBUG set). The members that tablegen makes of `statistics` in a Passes.td are
// these instead (cmake/TernCompilerPackages.cmake); compiler/driver/statistics.h reports them.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "mlir/Pass/Pass.h"

#include <atomic>
#include <cstdint>

namespace tern {

class PassStatistic : public mlir::Pass::Statistic {
public:
  /// `owner` must not outlive it; the texts are literals.
  PassStatistic(mlir::Pass *owner, const char *name, const char *description)
      : Statistic(owner, name, description), label(name), text(description) {}

  PassStatistic &operator++() { return *this += 1; }
  PassStatistic &operator+=(uint64_t more) {
    count.fetch_add(more, std::memory_order_relaxed);
    return *this;
  }

  const char *name() const { return label; }
  const char *description() const { return text; }
  /// What was counted since the last call.
  uint64_t take() { return count.exchange(0, std::memory_order_relaxed); }

private:
  const char *label, *text;
  std::atomic<uint64_t> count{0};
};

/// Operations of a kind below `root`.
template <typename Op> uint64_t countOps(mlir::Operation *root) {
  uint64_t count = 0;
  root->walk([&](Op) { ++count; });
  return count;
}

} // namespace tern
