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
  Linears(GraphBuilder &graph, const std::optional<LinearRules> &rules) : g(graph), rules(rules) {}

  Value operator()(Value x, const char *role, int64_t rows, const std::string &name, const std::string &module,
                   bool bias) {
    if (!rules)
      return g.linear(x, rows, name, module, bias);
    const LinearRule &rule = rules->roles.at(role);
    return g.linear(prepared(x, rule), rows, name, module, bias, codesOf(rule.codes));
  }

private:
  /// Linears that share an input and a rule share what is made of it.
  Value prepared(Value x, const LinearRule &rule) {
    if (x == last && rule == lastRule)
      return lastPrepared;
    last = x;
    lastRule = rule;
    constexpr double kInnerEps = 1e-5; // torch's layer_norm
    if (rules->innerLayerNorm)
      x = g.layerNorm(x, kInnerEps);
    if (rule.hadamard)
      x = g.hadamard(x);
    if (rule.keep < 1)
      x = g.keepTop(x, rule.keep, rules->keepBlock);
    return lastPrepared = x;
  }

  GraphBuilder &g;
  const std::optional<LinearRules> &rules;
  Value last, lastPrepared;
  LinearRule lastRule;
};

/// One decoder in the making.
class Decoder {
public:
  Decoder(GraphBuilder &graph, const DecoderShape &shape, const DecoderParts &parts)
      : g(graph), shape(shape), parts(parts), linear(graph, parts.rules) {}

  Value build() {
    g.ropeTable(shape.rope, shape.headDim);
    const std::string embedding = g.embeddingTensor();
    Value x = g.embed("token_embd", embedding);
    g.endLayer(x, "");
    for (int64_t i = 0; i < shape.layers; ++i) {
      std::string name = "blk." + std::to_string(i), blk = name + ".", layer = "model.layers." + std::to_string(i);
      x = feedForward(attention(x, blk, layer), blk, layer);
      g.endLayer(x, name);
    }
    x = g.norm(g.takeOutputs(x), "output_norm", "model.norm.weight", shape.rmsNormEps);
    return g.head(x, "output", "token_embd", embedding);
  }

private:
  Value attention(Value x, const std::string &blk, const std::string &layer) {
    std::string attn = layer + ".self_attn.";
    int64_t kvColumns = shape.kvHeads * shape.headDim;
    bool bias = shape.attentionBias;
    Value h = g.norm(x, blk + "attn_norm", layer + ".input_layernorm.weight", shape.rmsNormEps);
    Value q = linear(h, "q", shape.heads * shape.headDim, blk + "attn_q", attn + "q_proj", bias);
    Value k = linear(h, "k", kvColumns, blk + "attn_k", attn + "k_proj", bias);
    Value v = linear(h, "v", kvColumns, blk + "attn_v", attn + "v_proj", bias);
    if (parts.headNorms) {
      q = g.headNorm(q, blk + "attn_q_norm", attn + "q_norm.weight", shape.headDim, shape.rmsNormEps);
      k = g.headNorm(k, blk + "attn_k_norm", attn + "k_norm.weight", shape.headDim, shape.rmsNormEps);
    }
    q = g.rope(q);
    k = g.rope(k);
    Value a = g.attention(q, g.cacheAppend(k, shape.kvHeads, decoder::CacheRole::Keys, blk + "k"),
                          g.cacheAppend(v, shape.kvHeads, decoder::CacheRole::Values, blk + "v"));
    if (parts.attentionNorm)
      a = g.norm(a, blk + "attn_sub_norm", attn + parts.attentionNorm + ".weight", shape.rmsNormEps);
    return g.add(x, linear(a, "o", shape.hiddenSize, blk + "attn_output", attn + "o_proj", bias));
  }

  Value feedForward(Value x, const std::string &blk, const std::string &layer) {
    std::string mlp = layer + ".mlp.";
    bool bias = parts.mlpBias && shape.mlpBias;
    Value h = g.norm(x, blk + "ffn_norm", layer + ".post_attention_layernorm.weight", shape.rmsNormEps);
    Value gate = linear(h, "gate", shape.intermediateSize, blk + "ffn_gate", mlp + "gate_proj", bias);
    Value up = linear(h, "up", shape.intermediateSize, blk + "ffn_up", mlp + "up_proj", bias);
    Value y = g.gate(gate, up, shape.hiddenAct);
    if (parts.feedForwardNorm)
      y = g.norm(y, blk + "ffn_sub_norm", mlp + parts.feedForwardNorm + ".weight", shape.rmsNormEps);
    return g.add(x, linear(y, "down", shape.hiddenSize, blk + "ffn_down", mlp + "down_proj", bias));
  }

  GraphBuilder &g;
  const DecoderShape &shape;
  const DecoderParts &parts;
  Linears linear;
};

} // namespace

FamilyModel preNormDecoder(const DecoderShape &shape, const Quantization &quantization, const DecoderParts &parts) {
  Activations activations = parts.rules && parts.rules->anyKeep()         ? Activations::TopK
                            : quantization.mode == QuantizationMode::None ? Activations::Floats
                                                                          : Activations::Codes;
  return {{.vocabSize = shape.vocabSize,
           .hiddenSize = shape.hiddenSize,
           .maxPositions = shape.maxPositions,
           .tokens = shape.tokens,
           .quantization = quantization,
           .tieWordEmbeddings = shape.tieWordEmbeddings,
           .activations = activations,
           .ternaryTables = parts.ternaryTables},
          [shape, parts](GraphBuilder &graph) { return Decoder(graph, shape, parts).build(); }};
}

FamilyModel decoderWithRules(ConfigReader &config, const ModelClass &modelClass, DecoderParts parts) {
  DecoderShape shape = readDecoderShape(config, modelClass);
  parts.rules = readLinearRules(config);
  return preNormDecoder(shape, quantizationOf(*parts.rules), parts);
}

} // namespace tern
