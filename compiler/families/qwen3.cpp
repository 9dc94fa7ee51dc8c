//===- qwen3.cpp - Qwen3 with ternary or binary layers ----------------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// Qwen3 (2505.09388, section 2), transformers' Qwen3Config, as Bonsai and Ternary-Bonsai are published: every matrix,
/// embedding and head included, is -s, 0 or s with a scale for each group of 128 or 64 columns of a row, which the
/// values tell; activations are floats.
const Family &qwen3() {
  static const ModelClass modelClass = {"qwen3", {"Qwen3ForCausalLM"}, 1e-6, 10000.0, "silu", 32, {}, 128};
  static const Family family = {"qwen3",
                                {&modelClass},
                                [](const ConfigFiles &config) { return !linearRulesOf(config); },
                                [](ConfigReader &config, const ModelClass &itsClass) {
                                  DecoderShape shape = readDecoderShape(config, itsClass);
                                  return preNormDecoder(shape, readQuantization(config).value_or(Quantization()),
                                                        {.headNorms = true, .ternaryTables = true});
                                }};
  return family;
}

} // namespace tern::family
