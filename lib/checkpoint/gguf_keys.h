//===- gguf_keys.h - Typed access to a GGUF file's keys ---------------------===//
#pragma once

#include "lib/checkpoint/gguf.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace tern {

/// Reads the keys "ARCHITECTURE.NAME". The first that is missing or wrong is kept as the error; the getters then return
/// defaults, so that a reader lists its keys and asks once.
class GgufKeys {
public:
  GgufKeys(const GgufFile &file, std::string_view architecture) : file(file), prefix(std::string(architecture) + ".") {}

  /// A count of something, 0 to 2^40; an array, which has one for each layer, must have equal ones.
  int64_t integer(std::string_view name, std::optional<int64_t> otherwise = {});
  double number(std::string_view name, std::optional<double> otherwise = {});
  std::string string(std::string_view name, std::string otherwise);
  /// The id at "tokenizer.ggml.NAME", one of `vocabulary`; nothing where the file has none.
  std::optional<int64_t> token(std::string_view name, int64_t vocabulary);

  /// Fails for files that are no whole model: adapters, projectors, parts of a split file.
  void refuseOtherKinds();
  /// Fails for the first key that nobody asked for, unless it is known to change nothing that a model computes, or has
  /// the one value that changes nothing. Those of tokenizers are not looked at.
  void refuseUnknown();

  void fail(std::string_view name, const std::string &supported); ///< "NAME is VALUE, but only SUPPORTED is supported"
  void failFile(const std::string &what);                         ///< keeps "PATH: what", if it is the first error
  Status status() const { return error.empty() ? Status() : Status(Error{error}); }

private:
  const GgufValue *find(const std::string &key);
  const GgufFile &file;
  std::string prefix;
  std::set<std::string, std::less<>> asked;
  std::string error;
};

} // namespace tern
