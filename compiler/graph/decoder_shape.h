//===- decoder_shape.h - Sizes of a decoder, out of config.json ---------------===//
//
// No MLIR here: the fuzz target of config.json builds these two files alone.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/graph/rope_config.h"
#include "lib/checkpoint/token_ids.h"

#include <string_view>

namespace tern {

enum class HiddenAct { Relu2, Silu };

/// A configuration class of transformers: a model_type, and what it says where config.json is silent. A family that
/// has another model_type defines one of its own.
struct ModelClass {
  std::string_view modelType;
  std::string_view architectures[2]; ///< classes of models, of which a checkpoint must name one if it names any
  double rmsNormEps, ropeTheta;
  std::string_view hiddenAct;
  int64_t kvHeads; ///< 0: as many as heads
  TokenDefaults tokens;
  int64_t headDim = 0; ///< 0: hidden size over heads
};

/// transformers' BitNetConfig and LlamaConfig.
extern const ModelClass kBitnetClass, kLlamaClass;

/// What a decoder of attention and gated feed-forward layers is made of. All sizes are positive and bounded so that
/// products of three fit in int64.
struct DecoderShape {
  int64_t hiddenSize, intermediateSize, layers, heads, kvHeads, headDim, vocabSize, maxPositions;
  double rmsNormEps;
  HiddenAct hiddenAct;
  bool tieWordEmbeddings, attentionBias, mlpBias;
  RopeConfig rope;
  TokenIds tokens;
};

/// Reads it. A field that is absent has the value that `modelClass` gives it, but the five sizes, which a checkpoint
/// must state. What is wrong, and architectures that are not the class's, are errors of `config`; the shape is not to
/// be used then.
DecoderShape readDecoderShape(ConfigReader &config, const ModelClass &modelClass);

} // namespace tern
