//===- passes.h - Passes of phase tiled -----------------------------------===//
#pragma once

#include "compiler/pass_statistic.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace tern {

#define GEN_PASS_DECL
#include "compiler/steps/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/steps/Passes.h.inc"

} // namespace tern
