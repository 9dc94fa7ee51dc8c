//===- model_writer.h - Writes model.tern around its code -------------------===//
#pragma once

#include "lib/base/file.h"
#include "lib/base/result.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace tern {

/// What goes into a model object beside its code.
struct ModelParts {
  /// A shared object whose .tern.weights, .tern.tokenizer and .tern.manifest sections are empty or
  /// a placeholder.
  std::string_view code;
  /// Gives the bytes of .tern.weights to the sink, in order; called once.
  std::function<Status(const std::function<Status(std::span<const std::byte>)> &sink)> weights;
  uint64_t weightsBytes = 0;  ///< how many those are
  std::string_view tokenizer; ///< tokenizer.json, or empty
  std::string_view manifest;  ///< JSON, see docs/model-object.md
};

/// Writes the object of docs/model-object.md; the weights pass through, so that memory does not
/// grow with them. On an error nothing is left at `path`.
Status writeModelObject(const ModelParts &parts, const std::string &path);

} // namespace tern
