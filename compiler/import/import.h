//===- import.h - From a checkpoint to its graph --------------------------===//
#pragma once

#include "lib/checkpoint/checkpoint.h"
#include "lib/trit/activation_codes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <optional>
#include <string>

namespace tern {

/// What keys and values are stored as.
enum class CacheElement { F32, F16, Int8 };

struct ImportOptions {
  /// Positions of context to compile for; 0 for the checkpoint's max_position_embeddings.
  int64_t context = 0;
  CacheElement cache = CacheElement::F32;
  /// The codes that stand in for float activations, where a model was trained with those; default: 16 bits. An error
  /// where it was not.
  std::optional<ActivationCodes> floatActivations = {};
  /// Gets a sentence for people if the graph does not compute what the model was trained to; may be empty.
  std::function<void(const std::string &)> warn = {};
};

/// The graph of docs/phases.md. Every tensor that the graph names is checked against the checkpoint: an error names the
/// tensor that is missing or has the wrong dtype or shape. No tensor data is read but that of an embedding and an
/// output head which config.json ties though the checkpoint has both: they are one only if they are equal; and that of
/// weights whose scales are in their values (storage scaled).
Result<mlir::OwningOpRef<mlir::ModuleOp>> importCheckpoint(mlir::MLIRContext &context, const Checkpoint &checkpoint,
                                                           const ImportOptions &options);

} // namespace tern
