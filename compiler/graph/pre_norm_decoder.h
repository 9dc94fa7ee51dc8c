//===- pre_norm_decoder.h - The decoder that most families are -------------===//
#pragma once

#include "compiler/graph/graph_builder.h"

namespace tern {

/// What sets one family of pre-norm decoders apart from another. Tensors have transformers' names
/// (model.layers.0.mlp...).
struct DecoderParts {
  /// The norm before the output projection and the one before the down projection, by the names of their modules below
  /// self_attn and mlp; null where there is none.
  const char *attentionNorm = nullptr, *feedForwardNorm = nullptr;
  /// Whether mlp_bias of config.json is looked at.
  bool mlpBias = false;
};

/// Embedding, layers of attention and gated feed-forward with a norm before each, and the output head; the logits.
mlir::Value buildPreNormDecoder(GraphBuilder &graph, const DecoderParts &parts);

} // namespace tern
