//===- gguf_architectures.h - What GGUF's architectures are in the hub's format --===//
#pragma once

#include "lib/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace tern {

/// A value of general.architecture, by what it is called in config.json and where it differs.
struct GgufArchitecture {
  std::string_view name;       ///< general.architecture
  std::string_view modelType;  ///< model_type
  std::string_view modelClass; ///< of "architectures"
  std::string_view hiddenAct;
  /// Norms before the output and the down projection, by the hub's names; empty where there is none.
  std::string_view attentionNorm, feedForwardNorm;
  /// Whether the rows of q and k have the halves of each head interleaved, for a rotation of neighbours.
  bool interleaved;
  /// Whether it was trained with activations of 8 bits, whatever the types of its tensors. Where it says no, tensors of
  /// I2_S say yes: only BitNet's tools write them.
  bool codesOfActivations;
};

/// Null when there is none of that name.
const GgufArchitecture *findGgufArchitecture(std::string_view name);
/// The names, for errors.
std::string ggufArchitectureNames();

/// The hub's name of a GGUF tensor ("blk.3.attn_q.weight" is "model.layers.3.self_attn.q_proj.weight"); nothing for one
/// that the architecture does not have.
std::optional<std::string> hubTensorName(const GgufArchitecture &architecture, std::string_view name);

} // namespace tern
