//===- model_shapes.h - What a model multiplies --------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tern {

struct ModelShape {
  int64_t rows, columns;
  int64_t count; ///< ternary matrices of this shape in the model
};

struct ModelShapes {
  std::vector<ModelShape> shapes; ///< distinct, those with most weights first
  int64_t prefillBlock;           ///< tokens of a prefill step
};

/// The shapes of a checkpoint (a folder or a GGUF file; the prefill block is `block`), or of a model object, which has
/// its own block; without those of products that are not tuned by shape (product_traits.h), as far as it is known.
Result<ModelShapes> readModelShapes(const std::string &path, int64_t block);

} // namespace tern
