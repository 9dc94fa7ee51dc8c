//===- postprocessor.h - Special tokens around a text ---------------------===//
#pragma once

#include "lib/base/json.h"
#include "runtime/text/vocabulary.h"

#include <vector>

namespace tern {

/// "post_processor" of a tokenizer.json for a single text: null, ByteLevel (which moves offsets
/// only), TemplateProcessing, or a Sequence of those.
class PostProcessor {
public:
  /// `postprocessor` may be null (absent). Errors begin with `name`; an unsupported type is named.
  static Result<PostProcessor> fromJson(const Json *postprocessor, const std::string &name);

  const std::vector<int32_t> &before() const { return prefix; } ///< ids that go before a text's
  const std::vector<int32_t> &after() const { return suffix; }

private:
  Status read(const Json &postprocessor, const std::string &name);
  Status readTemplate(const JsonFields &fields, const std::string &name);

  std::vector<int32_t> prefix, suffix;
};

} // namespace tern
