//===- passes.h - Passes of phase vector ----------------------------------===//
#pragma once

#include "compiler/pass_statistic.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace tern {

#define GEN_PASS_DECL
#include "compiler/vector/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/vector/Passes.h.inc"

} // namespace tern
