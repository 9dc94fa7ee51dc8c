//===- reference.h - What a model should compute, by transformers -------------===//
#pragma once

#include "lib/base/result.h"
#include "lib/checkpoint/safetensors.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tern {

/// One prompt of a reference. Logits are those of the last `logitRows` prompt positions.
struct ReferencePrompt {
  std::vector<int32_t> ids;
  std::vector<int32_t> greedy;      ///< the tokens that follow
  std::vector<double> greedyMargin; ///< between the two highest logits, at each of these
  std::vector<float> logits;        ///< [logitRows][vocabulary]
  int64_t logitRows = 0;
};

struct ReferencePerplexity {
  std::vector<int32_t> ids; ///< one more than tokens are scored
  int64_t window = 0;       ///< each window is scored from an empty context
  double meanNll = 0;
};

struct Reference {
  std::string path; ///< of the JSON file
  std::vector<ReferencePrompt> prompts;
  std::optional<ReferencePerplexity> perplexity;

  /// `path` is reference.json, or a folder that holds it; the safetensors file of the same stem lies beside it. Logits
  /// are the tensor logits_N [positions, vocabulary] of prompt N, or of its last position when it has one row. Errors
  /// name the file and the field; one is a reference with nothing to compare.
  static Result<Reference> load(const std::string &path);
};

} // namespace tern
