//===- tiny_checkpoint.h - Checkpoints made up by a test -------------------===//
#pragma once

#include "lib/checkpoint/checkpoint.h"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace tern::test {

/// One decoder layer of zeros in a folder of its own, removed at the end: hidden 32, 4 query heads and 2 cache heads of
/// 8, intermediate 48, vocabulary 20; BitNet with packed weights. A test edits `config` and `tensors`, then opens it.
class TinyCheckpoint {
public:
  struct Tensor {
    std::string dtype;
    std::vector<int64_t> shape;
  };

  TinyCheckpoint();
  ~TinyCheckpoint();
  TinyCheckpoint(const TinyCheckpoint &) = delete;
  TinyCheckpoint &operator=(const TinyCheckpoint &) = delete;

  const std::string &folder() const { return path; }
  /// Replaces packed weights and their scales by master weights.
  void useMasterWeights();
  /// Writes config.json and model.safetensors, then reads them.
  Result<Checkpoint> open() const;

  nlohmann::json config;
  std::map<std::string, Tensor> tensors;

private:
  std::string path;
};

/// The name of a tensor of layer 0: "model.layers.0." + rest.
std::string inLayer(const std::string &rest);

} // namespace tern::test
