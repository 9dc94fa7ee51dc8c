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

/// Gets a sentence for people on what was taken for what (Checkpoint::notes).
using TakeNote = std::function<void(const std::string &)>;

struct OpenOptions {
  std::string cpu = "host", triple = {}; ///< as resolveTarget has them
  I2sBlocks i2s = I2sBlocks::X86;        ///< of a GGUF file, which does not say it
  ImportOptions import = {};
  /// Told the target before the graph is made; may be empty.
  std::function<void(const TargetInfo &)> onTarget = {};
  TakeNote note = {}; ///< may be empty
};

/// A folder or a GGUF file. Errors are those of Checkpoint::open.
Result<Checkpoint> openCheckpoint(const std::string &path, I2sBlocks i2s, const TakeNote &note);

/// The same and its graph. Errors are those of openCheckpoint, resolveTarget and importCheckpoint.
Result<OpenedModel> openModel(mlir::MLIRContext &context, const std::string &folder, const OpenOptions &options = {});

} // namespace tern
