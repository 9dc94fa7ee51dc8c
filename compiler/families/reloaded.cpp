//===- reloaded.cpp - BitNet b1.58 Reloaded -------------------------------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// BitNet b1.58 Reloaded (2407.09527), its language model: a layer norm without weights in every linear, the median
/// instead of the mean for weights, activations on 128.
const Family &reloaded() {
  static constexpr Family family = {"reloaded",
                                    [](const Checkpoint &checkpoint) {
                                      const std::optional<LinearRules> &rules = checkpoint.config().rules;
                                      return rules && rules->innerLayerNorm;
                                    },
                                    [](GraphBuilder &graph) { return buildPreNormDecoder(graph, {}); }};
  return family;
}

} // namespace tern::family
