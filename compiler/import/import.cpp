//===- import.cpp - From a checkpoint to its graph ------------------------===//
#include "compiler/import/import.h"

#include "compiler/import/graph_builder.h"

#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace tern {
namespace {

/// What sets one supported model_type apart from another in a pre-norm decoder.
struct Architecture {
  ModelType type;
  bool subNorms; ///< a norm before the output projection and one before the down projection (BitNet b1.58 2B4T report,
                 ///< section 2)
  bool mlpBias;  ///< whether mlp_bias is looked at; transformers' BitNetMLP never has biases
};

constexpr Architecture kArchitectures[] = {{ModelType::Bitnet, true, false}, {ModelType::Llama, false, true}};

Value attentionOfLayer(GraphBuilder &g, Value x, const Architecture &arch, const std::string &blk,
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
  if (arch.subNorms)
    a = g.norm(a, blk + "attn_sub_norm", attn + "attn_sub_norm.weight", config.rmsNormEps);
  return g.add(x, g.linear(a, config.hiddenSize, blk + "attn_output", attn + "o_proj", config.attentionBias));
}

Value feedForwardOfLayer(GraphBuilder &g, Value x, const Architecture &arch, const std::string &blk,
                         const std::string &layer) {
  const ModelConfig &config = g.config();
  std::string mlp = layer + ".mlp.";
  bool bias = arch.mlpBias && config.mlpBias;
  Value h = g.norm(x, blk + "ffn_norm", layer + ".post_attention_layernorm.weight", config.rmsNormEps);
  Value gate = g.linear(h, config.intermediateSize, blk + "ffn_gate", mlp + "gate_proj", bias);
  Value up = g.linear(h, config.intermediateSize, blk + "ffn_up", mlp + "up_proj", bias);
  Value y = g.gate(gate, up);
  if (arch.subNorms)
    y = g.norm(y, blk + "ffn_sub_norm", mlp + "ffn_sub_norm.weight", config.rmsNormEps);
  return g.add(x, g.linear(y, config.hiddenSize, blk + "ffn_down", mlp + "down_proj", bias));
}

} // namespace

std::string approximation(const ModelConfig &config) {
  return config.mode != QuantizationMode::None
             ? ""
             : "the model was trained with float activations, and linear layers here take them as codes of 8 bits: its "
               "answers are near those of the checkpoint, not equal to them";
}

Result<OwningOpRef<ModuleOp>> importCheckpoint(MLIRContext &context, const Checkpoint &checkpoint,
                                               const ImportOptions &options) {
  const ModelConfig &config = checkpoint.config();
  int64_t maxContext = options.context > 0 ? options.context : config.maxPositions;
  if (maxContext > config.maxPositions)
    return Error{checkpoint.folder() + "/config.json: the model has " + std::to_string(config.maxPositions) +
                 " positions, fewer than the context of " + std::to_string(maxContext) + " asked for"};
  context.loadDialect<arith::ArithDialect, decoder::DecoderDialect, func::FuncDialect, ternary::TernaryDialect>();
  const Architecture &arch =
      *llvm::find_if(kArchitectures, [&](const Architecture &a) { return a.type == config.modelType; });

  Builder types(&context);
  Type element = options.cache == CacheElement::F32   ? Type(types.getF32Type())
                 : options.cache == CacheElement::F16 ? Type(types.getF16Type())
                                                      : Type(types.getI8Type());
  GraphBuilder g(context, checkpoint, maxContext, element);
  const std::string embedding = g.embeddingTensor();
  Value x = g.embed("token_embd", embedding);
  for (int64_t i = 0; i < config.layers; ++i) {
    std::string blk = "blk." + std::to_string(i) + ".", layer = "model.layers." + std::to_string(i);
    x = attentionOfLayer(g, x, arch, blk, layer);
    x = feedForwardOfLayer(g, x, arch, blk, layer);
  }
  x = g.norm(g.takeOutputs(x), "output_norm", "model.norm.weight", config.rmsNormEps);
  Result<OwningOpRef<ModuleOp>> module = g.finish(g.head(x, "output", "token_embd", embedding));
  if (module && failed(verify(**module)))
    return Error{checkpoint.folder() + ": the imported graph does not verify; please report this as a bug of ternc"};
  return module;
}

} // namespace tern
