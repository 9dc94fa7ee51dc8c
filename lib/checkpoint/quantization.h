//===- quantization.h - How a checkpoint's linear layers are quantised --------===//
#pragma once

#include "lib/checkpoint/config_reader.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// transformers' quantization_config.linear_class: BitLinear divides by weight_scale, AutoBitLinear multiplies.
enum class LinearClass { BitLinear, AutoBitLinear };
/// Whether the checkpoint holds packed trits, or master weights to be quantised; None where nothing is said of it: then
/// weights are floats that are ternary already, times their scales.
enum class QuantizationMode { Offline, Online, None };

/// The path of the output head among the modules of a checkpoint.
inline constexpr std::string_view kHeadModule = "lm_head";

/// What storages and the builder of graphs need to know of it.
struct Quantization {
  LinearClass linearClass = LinearClass::BitLinear;
  QuantizationMode mode = QuantizationMode::None; ///< Offline or None for BitLinear
  /// modules_to_not_convert. Without it transformers converts all linear layers but the output head.
  std::optional<std::vector<std::string>> notConverted = {};
  bool useRmsNorm = false; ///< a norm in front of every quantised linear
  double rmsNormEps = 1e-6;
  /// Of master weights: whether they are divided by the median of their magnitudes instead of the mean, and whether
  /// products are divided by the scale of training instead of multiplied by its inverse.
  bool median = false, dividesMasters = false;

  /// Whether linear layer `module` (its whole path) stays dense in transformers 5 (quantizers_utils.py,
  /// should_convert_module): a name begins or ends the path. A list that does not name it converts the output head too.
  bool staysDense(std::string_view module) const;
  /// The same in transformers 4 (integrations/bitnet.py), of which there are checkpoints: a name occurs anywhere in the
  /// path, and the output head is always dense. All that stays dense in transformers 5 does here too.
  bool staysDenseInTransformers4(std::string_view module) const;
};

/// Reads the key quantization_config; none without it. What is not understood is an error of `config`.
std::optional<Quantization> readQuantization(ConfigReader &config);

/// Whether config.json has 1bitLLM's form of it: weight_bits instead of quantization_config.
bool isOneBit(const ConfigFiles &config);

} // namespace tern
