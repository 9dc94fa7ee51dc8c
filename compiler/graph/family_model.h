//===- family_model.h - What a family makes of a config.json ------------------===//
#pragma once

#include "compiler/graph/graph_builder.h"

#include <functional>

namespace tern {

/// Nothing of a checkpoint but its config.json has been looked at.
struct FamilyModel {
  TextModel text;
  /// Builds the graph; the logits. Called if config.json was all right.
  std::function<mlir::Value(GraphBuilder &)> build;
};

} // namespace tern
