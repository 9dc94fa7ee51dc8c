//===- rope_config.h - What config.json says of rotary embeddings -------------===//
#pragma once

#include "lib/checkpoint/config_reader.h"

#include <cstdint>
#include <string>

namespace tern {

/// rope_parameters (transformers 5) or rope_theta and rope_scaling (before).
struct RopeConfig {
  double theta = 10000.0;
  std::string type = "default"; ///< "default", "linear" or "llama3"
  double factor = 1.0;
  double lowFreqFactor = 1.0, highFreqFactor = 4.0; ///< llama3
  double originalMaxPosition = 8192;                ///< llama3
};

/// Reads it; `theta` where config.json has none. What is not understood is an error of `config`.
RopeConfig readRope(ConfigReader &config, int64_t maxPositions, double theta);

} // namespace tern
