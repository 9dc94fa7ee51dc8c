//===- config_reader.h - Reads config.json, and knows what was read of it -----===//
#pragma once

#include "lib/base/json.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tern {

/// The config.json of a checkpoint, and its generation_config.json where there is one.
struct ConfigFiles {
  std::string path; ///< of config.json; it begins errors
  Json config;      ///< an object
  Json generation;  ///< an object, or null

  std::string generationPath() const;
  /// `generation` may be empty. Errors name the file that is no JSON object.
  static Result<ConfigFiles> parse(std::string_view config, std::string_view generation, const std::string &path);
};

/// Larger than any published model in every dimension; three of them multiply within int64.
inline constexpr int64_t kMaxSize = 1 << 20;

/// The fields of config.json, for those who share the reading of one: whoever reads a key says by that that it follows
/// it, and what nobody read is refused in the end. `files` lives as long.
class ConfigReader : public JsonFields {
public:
  explicit ConfigReader(const ConfigFiles &files) : JsonFields(files.config, files.path), files(files) {}

  const ConfigFiles &files;

  /// The name of a field's own fields: "PATH: KEY".
  std::string nameOf(const char *key) const { return files.path + ": " + key; }
  /// The first error of all, or that of a key that nobody read and that is not known to be harmless (harmless_keys.h).
  Status finish();
};

/// The value that `table` has for `name`, which field `key` holds; or a complaint that lists the names.
template <typename T, size_t N>
T choose(JsonFields &fields, const char *key, const std::string &name,
         const std::pair<std::string_view, T> (&table)[N]) {
  std::string supported;
  for (const auto &[known, value] : table) {
    if (name == known)
      return value;
    supported += (supported.empty() ? "" : ", ") + std::string(known);
  }
  fields.failUnsupported(key, name, supported);
  return table[0].second;
}

} // namespace tern
