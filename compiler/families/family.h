//===- family.h - What a file of this folder defines -----------------------===//
//
// Each file NAME.cpp of this folder is a family of models: how its checkpoints are told from others, and the graph that
// they are. A family reads the keys of config.json that it follows; one that nobody read, and that may change what the
// model computes, is refused. The file defines
//
//   const Family &tern::family::NAME()
//
// and the build finds it by its name (CMakeLists.txt).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/graph/family_model.h"

namespace tern {

struct Family {
  /// For people, and the architecture that the manifest names.
  const char *name;
  /// What its config.json may have as model_type.
  std::vector<const ModelClass *> classes;
  /// Whether a config.json, whose model_type is that of one of the classes, is of this family. At most one family says
  /// so.
  bool (*recognises)(const ConfigFiles &config);
  /// Reads config.json, of that class. What is missing, wrong or not supported is an error of `config`.
  FamilyModel (*read)(ConfigReader &config, const ModelClass &modelClass);
};

/// One for each file of this folder (generated).
const std::vector<const Family *> &families();

} // namespace tern
