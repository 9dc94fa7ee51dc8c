//===- model_object.h - Phase model: code, weights, tokenizer, manifest ------===//
#pragma once

#include "compiler/driver/compile.h"
#include "compiler/driver/source_lines.h"

#include "mlir/IR/BuiltinOps.h"

namespace tern {

/// Links the object code, packs the weights that the module declares and writes options.output. The
/// manifest keeps the text of each kernel in `sources`.
Status writeModel(mlir::ModuleOp module, const TargetInfo &target, const Checkpoint &checkpoint,
                  const std::string &objectCode, const KernelSources &sources, const CompileOptions &options);

} // namespace tern
