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

/// The shapes of a checkpoint (a folder; the prefill block is `block`), but of products that are expected to skip zeros
/// (product_traits.h), which are not tuned by shape; or all shapes of a model object, which has its own block.
Result<ModelShapes> readModelShapes(const std::string &path, int64_t block);

} // namespace tern
