//===- pre_norm_decoder.h - The decoder that most families are -------------===//
#pragma once

#include "compiler/graph/family_model.h"
#include "lib/checkpoint/linear_rules.h"

namespace tern {

/// What sets one family of pre-norm decoders apart from another. Tensors have transformers' names
/// (model.layers.0.mlp...).
struct DecoderParts {
  /// The norm before the output projection and the one before the down projection, by the names of their modules below
  /// self_attn and mlp; null where there is none.
  const char *attentionNorm = nullptr, *feedForwardNorm = nullptr;
  /// Whether mlp_bias of config.json is looked at.
  bool mlpBias = false;
  /// Norms of each head of queries and keys, q_norm and k_norm below self_attn, before they are turned.
  bool headNorms = false;
  /// Whether embedding and output head may be ternary too.
  bool ternaryTables = false;
  /// What happens to the inputs of linears before they are quantised, where anything does.
  std::optional<LinearRules> rules = {};
};

/// Embedding, layers of attention and gated feed-forward with a norm before each, and the output head.
FamilyModel preNormDecoder(const DecoderShape &shape, const Quantization &quantization, const DecoderParts &parts);

/// Such a decoder whose linears have the rules of the key "tern" (lib/checkpoint/linear_rules.h), which config.json
/// has.
FamilyModel decoderWithRules(ConfigReader &config, const ModelClass &modelClass, DecoderParts parts);

} // namespace tern
