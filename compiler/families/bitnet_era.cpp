//===- bitnet_era.cpp - BitNet b1.58 as 1bitLLM published it --------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// "The Era of 1-bit LLMs" (2402.17764) as 1bitLLM published it: model_type llama, weight_bits 1, float32 masters that
/// are made ternary at load, and norms with names of their own before the output and the down projection.
const Family &bitnet_era() {
  static const Family family = {
      "bitnet-era",
      {&kLlamaClass},
      [](const ConfigFiles &config) { return !linearRulesOf(config) && isOneBit(config); },
      [](ConfigReader &config, const ModelClass &modelClass) {
        DecoderShape shape = readDecoderShape(config, modelClass);
        config.integer("weight_bits", 1, 1);
        config.integer("input_bits", 8, 8, 8);
        return preNormDecoder(shape, {.linearClass = LinearClass::AutoBitLinear, .mode = QuantizationMode::Online},
                              {.attentionNorm = "inner_attn_ln", .feedForwardNorm = "ffn_layernorm"});
      }};
  return family;
}

} // namespace tern::family
