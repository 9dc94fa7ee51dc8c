//===- resume.h - A phase's text, read back ------------------------------------===//
#pragma once

#include "compiler/phases.h"
#include "compiler/target/target.h"
#include "lib/base/result.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>

namespace tern {

/// The phase whose output a module is, by what is in it: functions of the LLVM dialect (llvm), step
/// functions with thread shares (tiled) or without (vector), step graphs (ternary), @forward
/// (graph). An error when it is none of them.
Result<Phase> phaseOf(mlir::ModuleOp module);

struct ResumedModule {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Phase phase;
  TargetInfo target;
};

/// Reads an MLIR text that ternc or tern-opt wrote. Errors name the file: text that does not parse
/// or verify (with line and column), no phase's output, an attribute of the module that the later
/// phases need and that is missing, a target that LLVM does not know.
Result<ResumedModule> readPhase(mlir::MLIRContext &context, const std::string &path);

} // namespace tern
