//===- llama.cpp - LLaMA with ternary layers ------------------------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// LLaMA whose linear layers are ternary: Falcon3-1.58bit, Falcon-E, Llama3-8B-1.58; without quantization_config
/// weights are floats that are ternary already, times their scales: TriLM.
const Family &llama() {
  static const Family family = {"llama",
                                {&kLlamaClass},
                                [](const ConfigFiles &config) { return !linearRulesOf(config) && !isOneBit(config); },
                                [](ConfigReader &config, const ModelClass &modelClass) {
                                  DecoderShape shape = readDecoderShape(config, modelClass);
                                  Quantization quantization = readQuantization(config).value_or(Quantization());
                                  bool isFloat = quantization.mode == QuantizationMode::None;
                                  return preNormDecoder(shape, quantization,
                                                        {.mlpBias = true, .floatActivations = isFloat});
                                }};
  return family;
}

} // namespace tern::family
