//===- generate.h - Checkpoints from a counter ---------------------------------===//
//
// Every value is a function of (seed, tensor name, index). With h = FNV-1a 64 of the tensor's name, s = h xor (seed *
// 0x9E3779B97F4A7C15) and z(i) the i-th output of splitmix64 from state s, u(i) = z(i) >> 40:
//
//   ternary weight   ((3 u) >> 24) - 1, packed as packed_rows
//   master weight    bf16(sqrt(3 / columns) (2u / 2^24 - 1))
//   scaled weight    bf16(sqrt(1.5 / columns) (((3 u) >> 24) - 1)), half of it in the second half of the rows
//   weight_scale     bf16(sqrt(1.5 / columns)), or bf16 of its inverse where products are divided by it
//   embedding        bf16(0.05 (2u / 2^24 - 1)), as is any matrix that stays dense
//   norm weight      bf16(0.1 (2u / 2^24 - 1) + 1)                  bias   bf16(0.1 (2u / 2^24 - 1))
//
// in float32. The weight scale keeps the variance of the activations at 1.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/paths.h"
#include "lib/weights/storage.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tern {

/// The model.safetensors and the config.json of a checkpoint: the former has a mark of who made it.
extern const FileKind kGeneratedTensorsKind, kConfigKind;

/// A tensor to make up.
struct MadeTensor {
  enum class Kind { Matrix, Norm, Bias, Ternary, Factor, Divisor };
  std::string name;
  Kind kind;
  std::vector<int64_t> shape;       ///< of the matrix, also of one whose weight_scale (Factor, Divisor) this is
  const Storage *storage = nullptr; ///< of a ternary one
};

/// Writes `folder`/config.json, of that text, and `folder`/model.safetensors, with the tensors in that order. The
/// folder is made if it is not there; one that holds a checkpoint of other origin, or parts of one, is an error unless
/// it is forced, as is a file system with too little room. After an error the folder is as it was.
Status generateCheckpoint(std::span<const MadeTensor> tensors, const std::string &config, uint64_t seed,
                          const std::string &folder, bool force = false);

} // namespace tern
