//===- config.h - What config.json says about a model ---------------------===//
#pragma once

#include "lib/base/result.h"
#include "lib/checkpoint/linear_rules.h"

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
/// Whether the checkpoint holds packed trits, or master weights to be quantised; None where it has no
/// quantization_config: then weights are floats that are ternary already, times their scales.
enum class QuantizationMode { Offline, Online, None };

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
  /// generation_config.json's where it has any, as transformers' generate; else config.json's.
  std::vector<int64_t> eos;
  LinearClass linearClass;
  QuantizationMode mode; ///< Offline or None for BitLinear
  /// modules_to_not_convert. Without it transformers converts all linear layers but the output head.
  std::optional<std::vector<std::string>> notConverted;
  /// weight_bits: 1 in 1bitLLM's form of BitNet b1.58, whose masters are made ternary at load; else 0.
  int64_t weightBits;
  std::optional<LinearRules> rules; ///< of papers' models without a published form
  bool useRmsNorm;                  ///< a norm in front of every quantised linear
  double linearRmsNormEps;

  /// Whether linear layer `module` (its whole path) stays dense in transformers 5 (quantizers_utils.py,
  /// should_convert_module): a name begins or ends the path. A list that does not name it converts the output head too.
  bool staysDense(std::string_view module) const;
  /// The same in transformers 4 (integrations/bitnet.py), of which there are checkpoints: a name occurs anywhere in the
  /// path, and the output head is always dense. All that stays dense in transformers 5 does here too.
  bool staysDenseInTransformers4(std::string_view module) const;
};

/// The path of the output head among the modules of a checkpoint.
inline constexpr std::string_view kHeadModule = "lm_head";

/// Reads config.json; `generationConfig` may be empty. A field that is absent has the value that transformers'
/// BitNetConfig or LlamaConfig gives it, but the five sizes, which a checkpoint must state. Errors name `path` and the
/// field.
Result<ModelConfig> parseModelConfig(std::string_view config, std::string_view generationConfig,
                                     const std::string &path);

std::string_view modelTypeName(ModelType type);

} // namespace tern
