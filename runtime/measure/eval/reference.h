//===- reference.h - What a model should compute, by its references -----------===//
#pragma once

#include "lib/base/result.h"
#include "lib/checkpoint/safetensors.h"
#include "runtime/measure/eval/lockstep.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tern {

/// One prompt of a reference. Logits are those of the last `logitRows` prompt positions.
struct ReferencePrompt {
  std::string name; ///< "0", or "long" of the one long prompt
  std::vector<int32_t> ids;
  std::vector<int32_t> greedy;      ///< the tokens that follow
  std::vector<double> greedyMargin; ///< between the two highest logits, at each of these
  std::vector<float> logits;        ///< [logitRows][vocabulary]
  int64_t logitRows = 0;

  /// The position of a row of logits.
  int64_t position(int64_t row) const { return int64_t(ids.size()) - logitRows + row; }
};

/// A text cut into windows.
struct ReferencePerplexity {
  std::string name;         ///< "perplexity", or "long_prompt", which is one window
  std::vector<int32_t> ids; ///< one more than tokens are scored
  int64_t window = 0;       ///< each window is scored from an empty context
  double meanNll = 0;
};

/// What one run of a model gave, with one precision.
struct Reference {
  std::string path; ///< of the JSON file
  std::vector<ReferencePrompt> prompts;
  std::vector<ReferencePerplexity> perplexities;

  /// `path` is reference.json, or a folder that holds it; the safetensors file of the same stem lies beside it. Logits
  /// are the tensor logits_N [positions, vocabulary] of prompt N, or of its last position when it has one row; those of
  /// "long_prompt" are long_logits. Errors name the file and the field; one is a reference with nothing to compare.
  static Result<Reference> load(const std::string &path);
};

/// All that a folder says of what a model should compute.
struct References {
  Reference single;              ///< reference.json: in float32
  std::optional<Reference> wide; ///< reference64.json: the same prompts and windows in float64
  std::string lockstepPath;
  std::optional<std::vector<LockstepLayer>> lockstep; ///< lockstep.safetensors

  /// `path` as Reference::load takes it; what lies beside that file belongs to it. What is not there is no error.
  static Result<References> load(const std::string &path);
};

} // namespace tern
