//===- passes.h - Passes of phase ternary ---------------------------------===//
#pragma once

#include "compiler/pass_statistic.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

#include <string>

namespace tern {

#define GEN_PASS_DECL
#include "compiler/select/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/select/Passes.h.inc"

} // namespace tern
