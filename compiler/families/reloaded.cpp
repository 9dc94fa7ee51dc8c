//===- reloaded.cpp - BitNet b1.58 Reloaded -------------------------------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// BitNet b1.58 Reloaded (2407.09527), its language model: a layer norm without weights in every linear, the median
/// instead of the mean for weights, activations on 128.
const Family &reloaded() {
  static const Family family = {
      "reloaded",
      {&kBitnetClass, &kLlamaClass},
      [](const ConfigFiles &config) {
        std::optional<LinearRules> rules = linearRulesOf(config);
        return rules && rules->innerLayerNorm;
      },
      [](ConfigReader &config, const ModelClass &modelClass) { return decoderWithRules(config, modelClass, {}); }};
  return family;
}

} // namespace tern::family
