//===- pre_norm_decoder.cpp - The decoder that most families are -----------===//
#include "compiler/graph/pre_norm_decoder.h"

using namespace mlir;

namespace tern {
namespace {

Value attentionOfLayer(GraphBuilder &g, Value x, const DecoderParts &parts, const std::string &blk,
                       const std::string &layer) {
  const ModelConfig &config = g.config();
  std::string attn = layer + ".self_attn.";
  int64_t kvColumns = config.kvHeads * config.headDim;
  Value h = g.norm(x, blk + "attn_norm", layer + ".input_layernorm.weight", config.rmsNormEps);
  Value q = g.linear(h, config.heads * config.headDim, blk + "attn_q", attn + "q_proj", config.attentionBias);
  Value k = g.linear(h, kvColumns, blk + "attn_k", attn + "k_proj", config.attentionBias);
  Value v = g.linear(h, kvColumns, blk + "attn_v", attn + "v_proj", config.attentionBias);
  q = g.rope(q);
  k = g.rope(k);
  Value a = g.attention(q, g.cacheAppend(k, decoder::CacheRole::Keys, blk + "k"),
                        g.cacheAppend(v, decoder::CacheRole::Values, blk + "v"));
  if (parts.attentionNorm)
    a = g.norm(a, blk + "attn_sub_norm", attn + parts.attentionNorm + ".weight", config.rmsNormEps);
  return g.add(x, g.linear(a, config.hiddenSize, blk + "attn_output", attn + "o_proj", config.attentionBias));
}

Value feedForwardOfLayer(GraphBuilder &g, Value x, const DecoderParts &parts, const std::string &blk,
                         const std::string &layer) {
  const ModelConfig &config = g.config();
  std::string mlp = layer + ".mlp.";
  bool bias = parts.mlpBias && config.mlpBias;
  Value h = g.norm(x, blk + "ffn_norm", layer + ".post_attention_layernorm.weight", config.rmsNormEps);
  Value gate = g.linear(h, config.intermediateSize, blk + "ffn_gate", mlp + "gate_proj", bias);
  Value up = g.linear(h, config.intermediateSize, blk + "ffn_up", mlp + "up_proj", bias);
  Value y = g.gate(gate, up);
  if (parts.feedForwardNorm)
    y = g.norm(y, blk + "ffn_sub_norm", mlp + parts.feedForwardNorm + ".weight", config.rmsNormEps);
  return g.add(x, g.linear(y, config.hiddenSize, blk + "ffn_down", mlp + "down_proj", bias));
}

} // namespace

Value buildPreNormDecoder(GraphBuilder &g, const DecoderParts &parts) {
  const ModelConfig &config = g.config();
  const std::string embedding = g.embeddingTensor();
  Value x = g.embed("token_embd", embedding);
  g.endLayer(x, "");
  for (int64_t i = 0; i < config.layers; ++i) {
    std::string name = "blk." + std::to_string(i), blk = name + ".", layer = "model.layers." + std::to_string(i);
    x = attentionOfLayer(g, x, parts, blk, layer);
    x = feedForwardOfLayer(g, x, parts, blk, layer);
    g.endLayer(x, name);
  }
  x = g.norm(g.takeOutputs(x), "output_norm", "model.norm.weight", config.rmsNormEps);
  return g.head(x, "output", "token_embd", embedding);
}

} // namespace tern
