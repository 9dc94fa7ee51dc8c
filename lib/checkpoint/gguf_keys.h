//===- gguf_keys.h - Typed access to a GGUF file's keys ---------------------===//
#pragma once

#include "lib/checkpoint/gguf.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// Reads the keys "ARCHITECTURE.NAME". What is missing or wrong is kept as a problem, a sentence each; the getters then
/// return defaults, so that a reader lists its keys and asks once.
class GgufKeys {
public:
  GgufKeys(const GgufFile &file, std::string_view architecture) : file(file), prefix(std::string(architecture) + ".") {}

  /// A count of something, 0 to 2^40; an array, which has one for each layer, must have equal ones.
  int64_t integer(std::string_view name, std::optional<int64_t> otherwise = {});
  double number(std::string_view name, std::optional<double> otherwise = {});
  std::string string(std::string_view name, std::string otherwise);
  /// The id at "tokenizer.ggml.NAME", one of `vocabulary`; nothing where the file has none.
  std::optional<int64_t> token(std::string_view name, int64_t vocabulary);

  /// Fails for files that are no whole model: adapters and projectors.
  void refuseOtherKinds();
  /// Fails for the keys that nobody asked for, unless they are known to change nothing that a model computes, or have
  /// the one value that changes nothing. Those of tokenizers are not looked at.
  void refuseUnknown();

  void fail(std::string_view name, const std::string &supported); ///< "NAME is VALUE, but only SUPPORTED is supported"
  void fail(const std::string &problem);
  const std::vector<std::string> &problems() const { return found; }

private:
  const GgufValue *find(const std::string &key);
  /// The same; null is a problem unless the key may be absent.
  const GgufValue *find(const std::string &key, bool mayLack);
  const GgufFile &file;
  std::string prefix;
  std::set<std::string, std::less<>> asked;
  std::vector<std::string> found;
};

} // namespace tern
