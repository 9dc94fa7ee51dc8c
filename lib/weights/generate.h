//===- generate.h - Checkpoints from a counter ---------------------------------===//
//
// Every value is a function of (seed, tensor name, index). With h = FNV-1a 64 of the tensor's name, s = h xor (seed *
// 0x9E3779B97F4A7C15) and z(i) the i-th output of splitmix64 from state s, u(i) = z(i) >> 40:
//
//   ternary weight   ((3 u) >> 24) - 1, packed as packed_rows        weight_scale   bf16(sqrt(1.5 / columns))
//   master weight    bf16(sqrt(3 / columns) (2u / 2^24 - 1))
//   scaled weight    bf16(sqrt(1.5 / columns) (((3 u) >> 24) - 1)), half of it in the second half of the rows
//   embedding        bf16(0.05 (2u / 2^24 - 1))                      norm weight    bf16(0.1 (2u / 2^24 - 1) + 1)
//
// in float32. The weight scale keeps the variance of the activations at 1.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/paths.h"
#include "lib/base/result.h"

#include <cstdint>
#include <string>

namespace tern {

/// The model.safetensors and the config.json of a checkpoint: the former has a mark of who made it.
extern const FileKind kGeneratedTensorsKind, kConfigKind;

/// Writes `folder`/config.json (a copy) and `folder`/model.safetensors for a config of model_type bitnet or llama: with
/// packed weights (storage packed_rows) where quantization_mode is offline, with master weights where it is online,
/// with weights that are scaled already where there is no quantization_config. The folder is made if it is not there;
/// one that holds a checkpoint of other origin, or parts of one, is an error unless it is forced, as is a file system
/// with too little room. After an error the folder is as it was.
Status generateCheckpoint(const std::string &configPath, uint64_t seed, const std::string &folder, bool force = false);

} // namespace tern
