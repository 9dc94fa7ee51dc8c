//===- read_model.cpp - Finds the family of a config.json ---------------------===//
#include "compiler/import/read_model.h"

#include "lib/base/text.h"
#include "lib/checkpoint/linear_rules.h"

#include <algorithm>
#include <set>

namespace tern {

/// Null after an error of `config`.
static const ModelClass *findClass(ConfigReader &config) {
  std::string name = config.string("model_type");
  std::set<std::string> known;
  for (const Family *family : families())
    for (const ModelClass *modelClass : family->classes) {
      if (modelClass->modelType == name)
        return modelClass;
      known.emplace(modelClass->modelType);
    }
  config.failUnsupported("model_type", name, join(std::vector(known.begin(), known.end()), ", "));
  return nullptr;
}

static Error noFamily(ConfigReader &config) {
  readLinearRules(config); // families are told by them: what is wrong in there says more
  if (Status status = config.status(); !status)
    return status.error();
  std::string names;
  for (const Family *family : families())
    names += (names.empty() ? "" : ", ") + std::string(family->name);
  return Error{config.files.path + ": is of no family that is known; there are: " + names};
}

Result<ReadModel> readModel(const ConfigFiles &files) {
  ConfigReader config(files);
  const ModelClass *modelClass = findClass(config);
  if (!modelClass)
    return config.status().error();
  std::vector<const Family *> known;
  for (const Family *family : families())
    if (std::ranges::find(family->classes, modelClass) != family->classes.end() && family->recognises(files))
      known.push_back(family);
  if (known.empty())
    return noFamily(config);
  if (known.size() > 1)
    return Error{files.path + ": is of two families, " + known[0]->name + " and " + known[1]->name +
                 "; please report this as a bug of ternc"};
  ReadModel read{known.front(), known.front()->read(config, *modelClass)};
  if (Status status = config.finish(); !status)
    return status.error();
  return read;
}

} // namespace tern
