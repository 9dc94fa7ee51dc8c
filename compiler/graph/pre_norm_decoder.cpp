//===- pre_norm_decoder.cpp - The decoder that most families are -----------===//
#include "compiler/graph/pre_norm_decoder.h"

#include <cmath>

using namespace mlir;

namespace tern {
namespace {

ActivationCodes codesOf(CodesRule rule) {
  ActivationCodes codes;
  if (rule == CodesRule::Int8Absmax128)
    codes.range = 128;
  if (rule == CodesRule::Int4Absmean)
    codes = {.bits = 4, .statistic = ActivationCodes::Statistic::AbsMean, .range = float(std::sqrt(7.0))};
  return codes;
}

/// The linears of one graph, by the checkpoint's rules for their inputs where it has any.
class Linears {
public:
  explicit Linears(GraphBuilder &graph) : g(graph) {}

  Value operator()(Value x, const char *role, int64_t rows, const std::string &name, const std::string &module,
                   bool bias) {
    const std::optional<LinearRules> &rules = g.config().rules;
    if (!rules)
      return g.linear(x, rows, name, module, bias);
    const LinearRule &rule = rules->roles.at(role);
    return g.linear(prepared(x, rule, *rules), rows, name, module, bias, codesOf(rule.codes));
  }

private:
  /// Linears that share an input and a rule share what is made of it.
  Value prepared(Value x, const LinearRule &rule, const LinearRules &rules) {
    if (x == last && rule == lastRule)
      return lastPrepared;
    last = x;
    lastRule = rule;
    constexpr double kInnerEps = 1e-5; // torch's layer_norm
    if (rules.innerLayerNorm)
      x = g.layerNorm(x, kInnerEps);
    if (rule.hadamard)
      x = g.hadamard(x);
    if (rule.keep < 1)
      x = g.keepTop(x, rule.keep, rules.keepBlock);
    return lastPrepared = x;
  }

  GraphBuilder &g;
  Value last, lastPrepared;
  LinearRule lastRule;
};

Value attentionOfLayer(GraphBuilder &g, Linears &linear, Value x, const DecoderParts &parts, const std::string &blk,
                       const std::string &layer) {
  const ModelConfig &config = g.config();
  std::string attn = layer + ".self_attn.";
  int64_t kvColumns = config.kvHeads * config.headDim;
  Value h = g.norm(x, blk + "attn_norm", layer + ".input_layernorm.weight", config.rmsNormEps);
  Value q = linear(h, "q", config.heads * config.headDim, blk + "attn_q", attn + "q_proj", config.attentionBias);
  Value k = linear(h, "k", kvColumns, blk + "attn_k", attn + "k_proj", config.attentionBias);
  Value v = linear(h, "v", kvColumns, blk + "attn_v", attn + "v_proj", config.attentionBias);
  q = g.rope(q);
  k = g.rope(k);
  Value a = g.attention(q, g.cacheAppend(k, decoder::CacheRole::Keys, blk + "k"),
                        g.cacheAppend(v, decoder::CacheRole::Values, blk + "v"));
  if (parts.attentionNorm)
    a = g.norm(a, blk + "attn_sub_norm", attn + parts.attentionNorm + ".weight", config.rmsNormEps);
  return g.add(x, linear(a, "o", config.hiddenSize, blk + "attn_output", attn + "o_proj", config.attentionBias));
}

Value feedForwardOfLayer(GraphBuilder &g, Linears &linear, Value x, const DecoderParts &parts, const std::string &blk,
                         const std::string &layer) {
  const ModelConfig &config = g.config();
  std::string mlp = layer + ".mlp.";
  bool bias = parts.mlpBias && config.mlpBias;
  Value h = g.norm(x, blk + "ffn_norm", layer + ".post_attention_layernorm.weight", config.rmsNormEps);
  Value gate = linear(h, "gate", config.intermediateSize, blk + "ffn_gate", mlp + "gate_proj", bias);
  Value up = linear(h, "up", config.intermediateSize, blk + "ffn_up", mlp + "up_proj", bias);
  Value y = g.gate(gate, up);
  if (parts.feedForwardNorm)
    y = g.norm(y, blk + "ffn_sub_norm", mlp + parts.feedForwardNorm + ".weight", config.rmsNormEps);
  return g.add(x, linear(y, "down", config.hiddenSize, blk + "ffn_down", mlp + "down_proj", bias));
}

} // namespace

Value buildPreNormDecoder(GraphBuilder &g, const DecoderParts &parts) {
  const ModelConfig &config = g.config();
  const std::string embedding = g.embeddingTensor();
  Value x = g.embed("token_embd", embedding);
  g.endLayer(x, "");
  Linears linear(g);
  for (int64_t i = 0; i < config.layers; ++i) {
    std::string name = "blk." + std::to_string(i), blk = name + ".", layer = "model.layers." + std::to_string(i);
    x = attentionOfLayer(g, linear, x, parts, blk, layer);
    x = feedForwardOfLayer(g, linear, x, parts, blk, layer);
    g.endLayer(x, name);
  }
  x = g.norm(g.takeOutputs(x), "output_norm", "model.norm.weight", config.rmsNormEps);
  return g.head(x, "output", "token_embd", embedding);
}

} // namespace tern
