//===- bitnet_v2.cpp - BitNet v2 ------------------------------------------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// BitNet v2 (2504.18415): a Hadamard transform in front of the output and the down projection makes their inputs free
/// of outliers, so that 4-bit codes serve everywhere. Its paper has powers of two; other sizes are transformed run by
/// run.
const Family &bitnet_v2() {
  static const Family family = {"bitnet-v2",
                                {&kBitnetClass, &kLlamaClass},
                                [](const ConfigFiles &config) {
                                  std::optional<LinearRules> rules = linearRulesOf(config);
                                  return rules && rules->anyHadamard();
                                },
                                [](ConfigReader &config, const ModelClass &modelClass) {
                                  return decoderWithRules(
                                      config, modelClass,
                                      {.attentionNorm = "attn_sub_norm", .feedForwardNorm = "ffn_sub_norm"});
                                }};
  return family;
}

} // namespace tern::family
