//===- config_fuzz.cpp - Hostile config.json and generation_config.json --------===//
//
// The input is a config.json, a line "%" and a generation_config.json. What is accepted keeps the promises of config.h.
//
//===----------------------------------------------------------------------===//
#include "lib/checkpoint/config.h"
#include "test/fuzz/require.h"

using namespace tern;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view input(reinterpret_cast<const char *>(data), size);
  constexpr std::string_view separator = "\n%\n";
  size_t end = input.find(separator);
  std::string_view generation = end == input.npos ? "" : input.substr(end + separator.size());
  Result<ModelConfig> config = parseModelConfig(input.substr(0, end), generation, "m/config.json");
  if (!config) {
    requireOneLine(config.error());
    return 0;
  }
  for (int64_t count : {config->hiddenSize, config->intermediateSize, config->layers, config->heads, config->kvHeads,
                        config->headDim, config->vocabSize, config->maxPositions})
    require(count >= 1 && count <= int64_t(1) << 24);
  require(config->heads % config->kvHeads == 0 && config->headDim % 2 == 0);
  require(config->rmsNormEps >= 0 && config->rmsNormEps <= 1);
  require(config->rope.theta >= 1 && config->rope.factor >= 1);
  for (int64_t id : config->eos)
    require(id >= 0 && id <= INT32_MAX);
  return 0;
}
