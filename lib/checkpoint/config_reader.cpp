//===- config_reader.cpp - Reads config.json, and knows what was read of it ---===//
#include "lib/checkpoint/config_reader.h"

#include "lib/checkpoint/harmless_keys.h"

namespace tern {

std::string ConfigFiles::generationPath() const {
  return path.substr(0, path.size() - std::string_view("config.json").size()) + "generation_config.json";
}

Result<ConfigFiles> ConfigFiles::parse(std::string_view config, std::string_view generation, const std::string &path) {
  ConfigFiles files{path, {}, {}};
  auto read = [](std::string_view text, const std::string &name, Json &into) -> Status {
    Result<Json> json = parseJson(text, name);
    if (!json)
      return json.error();
    into = std::move(*json);
    return JsonFields(into, name).status();
  };
  if (Status status = read(config, path, files.config); !status)
    return status.error();
  if (!generation.empty())
    if (Status status = read(generation, files.generationPath(), files.generation); !status)
      return status.error();
  return files;
}

Status ConfigReader::finish() {
  refuseUnknownKeys(*this, files.config);
  return status();
}

} // namespace tern
