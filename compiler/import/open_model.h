//===- open_model.h - Where the compilation of a checkpoint begins ------------===//
#pragma once

#include "compiler/import/import.h"
#include "compiler/target/target.h"

namespace tern {

/// A checkpoint, and its graph for a target.
struct OpenedModel {
  Checkpoint checkpoint;
  TargetInfo target;
  mlir::OwningOpRef<mlir::ModuleOp> module; ///< phase graph
};

struct OpenOptions {
  std::string cpu = "host", triple = {}; ///< as resolveTarget has them
  ImportOptions import = {};
  /// Told the target before the graph is made; may be empty.
  std::function<void(const TargetInfo &)> onTarget = {};
};

/// Errors are those of Checkpoint::open, resolveTarget and importCheckpoint.
Result<OpenedModel> openModel(mlir::MLIRContext &context, const std::string &folder, const OpenOptions &options = {});

} // namespace tern
