//===- statistics.h - What passes counted, for --mlir-pass-statistics ----------===//
#pragma once

#include "mlir/Pass/PassManager.h"

namespace tern {

/// When --mlir-pass-statistics is on the command line, the counts of Tern's passes (pass_statistic.h) are written to
/// stderr when the manager goes.
void reportStatistics(mlir::PassManager &manager);

} // namespace tern
