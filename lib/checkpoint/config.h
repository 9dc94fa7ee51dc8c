//===- config.h - What config.json says about a model ---------------------===//
#pragma once

#include "lib/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

enum class ModelType { Bitnet, Llama };
enum class HiddenAct { Relu2, Silu };
/// transformers' quantization_config.linear_class: BitLinear divides by weight_scale, AutoBitLinear
/// multiplies.
enum class LinearClass { BitLinear, AutoBitLinear };
/// Whether the checkpoint holds packed trits, or master weights to be quantised.
enum class QuantizationMode { Offline, Online };

/// rope_parameters (transformers 5) or rope_theta and rope_scaling (before).
struct RopeConfig {
  double theta = 10000.0;
  std::string type = "default"; ///< "default", "linear" or "llama3"
  double factor = 1.0;
  double lowFreqFactor = 1.0, highFreqFactor = 4.0; ///< llama3
  double originalMaxPosition = 8192;                ///< llama3
};

/// The fields that decide the graph. All sizes are positive and bounded so that products of three
/// fit in int64.
struct ModelConfig {
  ModelType modelType;
  int64_t hiddenSize, intermediateSize, layers, heads, kvHeads, headDim, vocabSize, maxPositions;
  double rmsNormEps;
  HiddenAct hiddenAct;
  bool tieWordEmbeddings, attentionBias, mlpBias;
  RopeConfig rope;
  std::optional<int64_t> bos;
  std::vector<int64_t>
      eos; ///< generation_config.json's where it has any, as transformers' generate; else config.json's
  LinearClass linearClass;
  QuantizationMode mode;                 ///< always Offline for BitLinear
  std::vector<std::string> notConverted; ///< modules_to_not_convert
  bool useRmsNorm;                       ///< a norm in front of every quantised linear
  double linearRmsNormEps;

  /// Whether modules_to_not_convert says that linear layer `module` (its whole path) stays dense: a name that occurs
  /// anywhere in the path (transformers 4, integrations/bitnet.py), which all names do that match by transformers 5
  /// (should_convert_module).
  bool staysDense(std::string_view module) const;
};

/// Reads config.json; `generationConfig` may be empty. A field that is absent has the value that transformers'
/// BitNetConfig or LlamaConfig gives it, but the five sizes, which a checkpoint must state. Errors name `path` and the
/// field.
Result<ModelConfig> parseModelConfig(std::string_view config, std::string_view generationConfig,
                                     const std::string &path);

std::string_view modelTypeName(ModelType type);

} // namespace tern
