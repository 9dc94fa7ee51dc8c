//===- recorded_tensors.h - The tensors that a graph would ask for ------------===//
#pragma once

#include "compiler/graph/graph_tensors.h"
#include "lib/weights/generate.h"

#include <vector>

namespace tern {

/// Has each tensor that is asked for, and notes it. `configPath` is that of the config.json.
class RecordedTensors : public GraphTensors {
public:
  explicit RecordedTensors(std::string configPath) : path(std::move(configPath)) {}

  std::string name() const override { return "made"; }
  const std::string &configPath() const override { return path; }
  std::optional<DType> dtypeOf(const std::string &tensor) const override;
  std::string where(const std::string &tensor) const override { return path + ": tensor " + tensor; }
  Status need(const std::string &tensor, std::span<const int64_t> shape, TensorRole role) override;
  Status needScale(const std::string &) override { return {}; } // it came with the weights
  Result<WeightDeclaration> needWeights(const Quantization &quantization, const std::string &module,
                                        const std::string &tensor, int64_t rows, int64_t columns) override;
  Result<bool> same(const std::string &, const std::string &) override { return false; }
  Status checkAllUsed() const override { return {}; }

  /// In the order in which they were asked for; but norms and biases that belong to a part of a layer (self_attn, mlp)
  /// follow behind the other tensors of the layer.
  std::vector<MadeTensor> tensors() const;

private:
  std::string path;
  std::vector<MadeTensor> asked;
};

} // namespace tern
