//===- bitnet.cpp - BitNet b1.58 2B4T -------------------------------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// BitNet b1.58 2B4T (2504.12285, section 2) as transformers' BitNetForCausalLM has it: a norm before the output
/// projection and one before the down projection. Its feed-forward layer never has biases, whatever mlp_bias says.
const Family &bitnet() {
  static constexpr Family family = {
      "bitnet",
      [](const Checkpoint &checkpoint) {
        return checkpoint.config().modelType == ModelType::Bitnet && !checkpoint.config().rules;
      },
      [](GraphBuilder &graph) {
        return buildPreNormDecoder(graph, {.attentionNorm = "attn_sub_norm", .feedForwardNorm = "ffn_sub_norm"});
      }};
  return family;
}

} // namespace tern::family
