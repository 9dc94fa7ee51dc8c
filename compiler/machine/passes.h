//===- passes.h - Passes of phase llvm ------------------------------------===//
#pragma once

#include "compiler/pass_statistic.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace tern {

#define GEN_PASS_DECL
#include "compiler/machine/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/machine/Passes.h.inc"

} // namespace tern
