//===- read_model.h - Finds the family of a config.json -----------------------===//
#pragma once

#include "compiler/families/family.h"

namespace tern {

/// What a config.json says, read by the family that it is of.
struct ReadModel {
  const Family *family;
  FamilyModel model;
};

/// Errors name config.json and the field: a model_type that no family has, and a key that is missing, wrong, or that
/// nobody read.
Result<ReadModel> readModel(const ConfigFiles &config);

} // namespace tern
