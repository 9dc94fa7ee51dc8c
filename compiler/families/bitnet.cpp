//===- bitnet.cpp - BitNet b1.58 2B4T -------------------------------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// BitNet b1.58 2B4T (2504.12285, section 2) as transformers' BitNetForCausalLM has it: a norm before the output
/// projection and one before the down projection. Its feed-forward layer never has biases, whatever mlp_bias says.
const Family &bitnet() {
  static const Family family = {
      "bitnet",
      {&kBitnetClass},
      [](const ConfigFiles &config) { return !linearRulesOf(config); },
      [](ConfigReader &config, const ModelClass &modelClass) {
        DecoderShape shape = readDecoderShape(config, modelClass);
        std::optional<Quantization> quantization = readQuantization(config);
        if (!quantization)
          config.fail("has no quantization_config; without it only a model of type llama can be compiled, whose "
                      "weights are ternary already");
        return preNormDecoder(shape, quantization.value_or(Quantization()),
                              {.attentionNorm = "attn_sub_norm", .feedForwardNorm = "ffn_sub_norm"});
      }};
  return family;
}

} // namespace tern::family
