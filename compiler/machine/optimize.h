//===- optimize.h - LLVM's optimiser over the whole model --------------------===//
#pragma once

#include "compiler/machine/codegen.h"

#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace tern {

/// Gives every function the target's CPU and features, makes all but the exported symbols internal,
/// and runs the O3 pipeline for the target, with the sanitizer's checks last. The result calls no
/// function of a C library.
void optimizeModule(llvm::Module &code, llvm::TargetMachine &machine, const TargetInfo &target, Sanitizer sanitizer);

} // namespace tern
