//===- qsparse.cpp - Q-Sparse and Block Q-Sparse --------------------------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// Q-Sparse (2407.10969) with ternary weights: every linear reads only the largest of its inputs, of the whole row or
/// of each run of neighbours.
const Family &qsparse() {
  static const Family family = {"qsparse",
                                {&kBitnetClass, &kLlamaClass},
                                [](const ConfigFiles &config) {
                                  std::optional<LinearRules> rules = linearRulesOf(config);
                                  return rules && rules->anyKeep() && !rules->anyHadamard();
                                },
                                [](ConfigReader &config, const ModelClass &modelClass) {
                                  return decoderWithRules(
                                      config, modelClass,
                                      {.attentionNorm = "attn_sub_norm", .feedForwardNorm = "ffn_sub_norm"});
                                }};
  return family;
}

} // namespace tern::family
