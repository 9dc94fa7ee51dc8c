//===- checkpoint_tensors.h - The tensors of a checkpoint, checked ------------===//
#pragma once

#include "compiler/graph/graph_tensors.h"

#include <set>

namespace tern {

/// Checks dtype and shape of what is asked for. `checkpoint` lives as long.
class CheckpointTensors : public GraphTensors {
public:
  explicit CheckpointTensors(const Checkpoint &checkpoint) : checkpoint(checkpoint) {}

  std::string name() const override { return checkpoint.name(); }
  const std::string &configPath() const override { return checkpoint.config().path; }
  std::optional<DType> dtypeOf(const std::string &tensor) const override;
  bool isTernary(const std::string &tensor) const override;
  std::string where(const std::string &tensor) const override { return checkpoint.find(tensor)->where(); }
  Status need(const std::string &tensor, std::span<const int64_t> shape, TensorRole role) override;
  Status needScale(const std::string &tensor) override;
  Result<WeightDeclaration> needWeights(const Quantization &quantization, const std::string &module,
                                        const std::string &tensor, int64_t rows, int64_t columns) override;
  /// Reads both.
  Result<bool> same(const std::string &a, const std::string &b) override;
  /// What nobody asked for is of another model than config.json says: what wrote it computes with it.
  Status checkAllUsed() const override;

private:
  Status check(const std::string &tensor, std::span<const int64_t> shape, bool isFloat);

  const Checkpoint &checkpoint;
  std::set<std::string> used;
};

} // namespace tern
