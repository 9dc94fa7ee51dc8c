//===- statistics.cpp - What passes counted, for --mlir-pass-statistics --------===//
#include "compiler/driver/statistics.h"

#include "compiler/pass_statistic.h"

#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>

using namespace mlir;

namespace tern {
namespace {

/// Passes whose statistics are PassStatistics: all that a Passes.td of this tree defines, by their names.
bool isTerns(const Pass &pass) {
  StringRef name = pass.getArgument();
  return name.starts_with("tern-") || name.starts_with("ternary-") || name.starts_with("decoder-");
}

/// Adds up what every instance of a pass counts, of which there are as many as threads.
class Counter : public PassInstrumentation {
public:
  ~Counter() override {
    for (const auto &[pass, counts] : passes) {
      llvm::errs() << pass << "\n";
      for (const auto &[name, count] : counts)
        llvm::errs() << llvm::formatv("  (S) {0,6} {1} - {2}\n", count.value, name, count.description);
    }
  }

  void runAfterPass(Pass *pass, Operation *) override { take(*pass); }
  void runAfterPassFailed(Pass *pass, Operation *) override { take(*pass); }

private:
  struct Count {
    const char *description = "";
    uint64_t value = 0;
  };

  void take(Pass &pass) {
    if (!isTerns(pass) || pass.getStatistics().empty())
      return;
    std::lock_guard lock(mutex);
    for (Pass::Statistic *statistic : pass.getStatistics()) {
      auto &counted = static_cast<PassStatistic &>(*statistic);
      Count &count = passes[pass.getArgument()][counted.name()];
      count.description = counted.description();
      count.value += counted.take();
    }
  }

  std::mutex mutex;
  llvm::MapVector<StringRef, llvm::MapVector<StringRef, Count>> passes;
};

bool isAsked() {
  auto &options = llvm::cl::getRegisteredOptions();
  auto at = options.find("mlir-pass-statistics");
  return at != options.end() && at->second->getNumOccurrences() > 0;
}

} // namespace

void reportStatistics(PassManager &manager) {
  if (isAsked())
    manager.addInstrumentation(std::make_unique<Counter>());
}

} // namespace tern
