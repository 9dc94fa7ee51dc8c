//===- json.h - JSON of files, checked ------------------------------------===//
//
// nlohmann/json with what hostile files need: no exception leaves, nesting is bounded, and every
// access names the field.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

using Json = nlohmann::json;

/// Parses one JSON document; `name` (a path) begins every error. Nesting deeper than 64 levels and
/// repeated keys are errors.
Result<Json> parseJson(std::string_view text, const std::string &name);

/// The text of a document, with line breaks unless `indent` is negative. Bytes that are no UTF-8, as a file's name may
/// have, become U+FFFD.
std::string jsonText(const Json &document, int indent = -1);

/// Typed access to the fields of one JSON object. The first field that is missing or wrong is kept
/// as the error; the getters then return defaults, so that a reader lists its fields and asks once.
class JsonFields {
public:
  /// `name` begins every error ("model/config.json"). A value that is no object is an error.
  JsonFields(const Json &object, std::string name);

  bool has(const char *key) const;         ///< there, and not null
  bool contains(const char *key) const;    ///< there, and be it null
  const Json *find(const char *key) const; ///< null when absent or JSON null
  int64_t integer(const char *key, int64_t low, int64_t high);
  int64_t integer(const char *key, int64_t low, int64_t high, int64_t otherwise);
  double number(const char *key, double low, double high);
  double number(const char *key, double low, double high, double otherwise);
  bool boolean(const char *key, bool otherwise);
  std::string string(const char *key);
  std::string string(const char *key, std::string otherwise);

  /// The object's keys that were never asked for, in their order.
  std::vector<std::string> unread() const;

  void fail(const std::string &what); ///< keeps "NAME: what", if it is the first error
  /// Fails for a text that is none of those that are supported.
  void failUnsupported(const char *key, const std::string &text, const std::string &supported);
  void keep(const Status &status); ///< keeps another reader's error as it is, if it is one, and the first
  /// For files that people write: a field that nobody asked for is an error, with those that were asked for and have
  /// nearly its name. It comes before all others: what is missing may be what is misspelt. Call it last.
  void refuseOthers();
  Status status() const;

private:
  const Json *object;
  mutable std::vector<std::string> asked;
  std::string name;
  std::string error;
};

} // namespace tern
