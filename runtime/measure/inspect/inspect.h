//===- inspect.h - What a model object says about itself ----------------------===//
#pragma once

#include "lib/base/json.h"
#include "lib/object/model_file.h"

#include <string>

namespace tern {

struct InspectOptions {
  bool kernels = false, weights = false; ///< list them
  int64_t context = 64;                  ///< of the token whose bytes are counted
};

/// Target, features, sizes and bytes per token; kernels and tensors when asked for.
std::string inspectText(const ModelContents &model, const InspectOptions &options);

/// All of that as one object: {"model", "target", "sizes", "bytes_per_token", "kernels": [...], "tensors": [...]}. A
/// ternary tensor names the kernels that read it.
Json inspectJson(const ModelContents &model, const InspectOptions &options);

} // namespace tern
