//===- llama.cpp - LLaMA with ternary layers ------------------------------===//
#include "compiler/families/family.h"
#include "compiler/graph/pre_norm_decoder.h"

namespace tern::family {

/// LLaMA whose linear layers are ternary: Falcon3-1.58bit, Falcon-E, Llama3-8B-1.58, TriLM.
const Family &llama() {
  static constexpr Family family = {"llama",
                                    [](const Checkpoint &checkpoint) {
                                      return checkpoint.config().modelType == ModelType::Llama &&
                                             checkpoint.config().weightBits == 0 && !checkpoint.config().rules;
                                    },
                                    [](GraphBuilder &graph) {
                                      // TriLM's form has no quantization_config: floats that are trits times scales.
                                      if (graph.config().mode == QuantizationMode::None)
                                        graph.takeFloatActivations();
                                      return buildPreNormDecoder(graph, {.mlpBias = true});
                                    }};
  return family;
}

} // namespace tern::family
