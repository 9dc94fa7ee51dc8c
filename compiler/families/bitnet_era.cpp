//===- bitnet_era.cpp - BitNet b1.58 as 1bitLLM published it --------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// "The Era of 1-bit LLMs" (2402.17764) as 1bitLLM published it: model_type llama, weight_bits 1, float32 masters that
/// are made ternary at load, and norms with names of their own before the output and the down projection.
const Family &bitnet_era() {
  static constexpr Family family = {
      "bitnet-era",
      [](const Checkpoint &checkpoint) {
        return checkpoint.config().modelType == ModelType::Llama && checkpoint.config().weightBits == 1;
      },
      [](GraphBuilder &graph) {
        return buildPreNormDecoder(graph, {.attentionNorm = "inner_attn_ln", .feedForwardNorm = "ffn_layernorm"});
      }};
  return family;
}

} // namespace tern::family
