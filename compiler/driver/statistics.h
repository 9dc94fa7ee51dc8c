//===- statistics.h - What passes counted, for --mlir-pass-statistics ----------===//
#pragma once

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/ADT/StringRef.h"

namespace tern {

/// When --mlir-pass-statistics is on the command line, the counts of Tern's passes (pass_statistic.h) are written to
/// stderr when the manager goes.
void reportStatistics(mlir::PassManager &manager);

/// mlir-opt's main on these files, with the report.
mlir::LogicalResult runOpt(int argc, char **argv, llvm::StringRef input, llvm::StringRef output,
                           mlir::DialectRegistry &registry);

} // namespace tern
