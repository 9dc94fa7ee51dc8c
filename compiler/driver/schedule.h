//===- schedule.h - What the selection chose, as a file ------------------------===//
#pragma once

#include "compiler/target/target.h"
#include "lib/tuning/tuning_file.h"

#include "mlir/IR/BuiltinOps.h"

namespace tern {

/// The choices in a module of phase ternary: one for each shape, or one for each weight where
/// weights of one shape differ. Given back with --schedule they give the same module.
TuningFile scheduleOf(mlir::ModuleOp module, const TargetInfo &target);

} // namespace tern
