//===- family.h - What a file of this folder defines -----------------------===//
//
// Each file NAME.cpp of this folder is a family of models: how its checkpoints are told from others, and the graph that
// they are. It defines
//
//   const Family &tern::family::NAME()
//
// and the build finds it by its name (CMakeLists.txt).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/graph/graph_builder.h"

namespace tern {

struct Family {
  /// For people, and the architecture that the manifest names.
  const char *name;
  /// Whether a checkpoint is of this family, by config.json and its tensors, never by the folder's name. At most one
  /// family says so.
  bool (*recognises)(const Checkpoint &checkpoint);
  /// Builds the graph; the logits.
  mlir::Value (*build)(GraphBuilder &graph);
};

/// One for each file of this folder (generated).
const std::vector<const Family *> &families();

} // namespace tern
