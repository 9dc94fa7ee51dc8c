//===- machine_model.h - What LLVM's machine model predicts for a loop ----------===//
#pragma once

#include "compiler/explain/disassemble.h"
#include "lib/base/result.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace tern {

struct LoopPrediction {
  double cycles = 0;   ///< of one iteration, all data in the first-level cache
  double microOps = 0; ///< of one iteration
  unsigned dispatchWidth = 0;
  std::string bottleneck; ///< the busiest execution resource, "Zn4FP0"
  double pressure = 0;    ///< cycles of an iteration in which it is busy
};

/// Simulates a loop body over and over on the scheduling model of the target's CPU, as llvm-mca does. An error when
/// LLVM has no model of that CPU.
Result<LoopPrediction> predictLoop(const MachineTables &tables, const TargetInfo &target,
                                   llvm::ArrayRef<MachineInstruction> loop);

} // namespace tern
