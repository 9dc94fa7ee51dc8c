//===- config_fuzz.cpp - Hostile config.json and generation_config.json --------===//
//
// The input is a config.json, a line "%" and a generation_config.json. What is accepted keeps the promises of those who
// read it: sizes of decoders, quantisation, rules of linears.
//
//===----------------------------------------------------------------------===//
#include "compiler/graph/decoder_shape.h"
#include "lib/checkpoint/linear_rules.h"
#include "test/fuzz/require.h"

using namespace tern;

/// Reads all that some family reads. An error is of one line.
static void readAs(const ConfigFiles &files, const ModelClass &modelClass) {
  ConfigReader config(files);
  DecoderShape shape = readDecoderShape(config, modelClass);
  std::optional<LinearRules> rules = readLinearRules(config);
  readQuantization(config);
  if (Status status = config.finish(); !status) {
    requireOneLine(status.error());
    return;
  }
  for (int64_t count : {shape.hiddenSize, shape.intermediateSize, shape.layers, shape.heads, shape.kvHeads,
                        shape.headDim, shape.vocabSize, shape.maxPositions})
    require(count >= 1 && count <= int64_t(1) << 24);
  require(shape.heads % shape.kvHeads == 0 && shape.headDim % 2 == 0);
  require(shape.rmsNormEps >= 0 && shape.rmsNormEps <= 1);
  require(shape.rope.theta >= 1 && shape.rope.factor >= 1);
  for (int64_t id : shape.tokens.eos)
    require(id >= 0 && id < shape.vocabSize);
  if (rules)
    for (const auto &[role, rule] : rules->roles)
      require(rule.keep > 0 && rule.keep <= 1);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view input(reinterpret_cast<const char *>(data), size);
  constexpr std::string_view separator = "\n%\n";
  size_t end = input.find(separator);
  std::string_view generation = end == input.npos ? "" : input.substr(end + separator.size());
  Result<ConfigFiles> files = ConfigFiles::parse(input.substr(0, end), generation, "m/config.json");
  if (!files) {
    requireOneLine(files.error());
    return 0;
  }
  for (const ModelClass *modelClass : {&kBitnetClass, &kLlamaClass})
    readAs(*files, *modelClass);
  return 0;
}
