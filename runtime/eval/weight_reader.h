//===- weight_reader.h - Weights for the reference, by their names ------------===//
#pragma once

#include "lib/checkpoint/checkpoint.h"
#include "lib/operators/operator.h"
#include "lib/trit/layout.h"
#include "lib/weights/storage.h"
#include "runtime/model/model.h"

#include <map>

namespace tern {

/// Reads a model object's weights back out of their layouts or, with a checkpoint, those that the object should have.
class WeightReader : public ReferenceWeights {
public:
  /// Both must outlive the reader; `checkpoint` may be null.
  WeightReader(const Model &model, const Checkpoint *checkpoint) : model(model), checkpoint(checkpoint) {}

  Result<std::vector<double>> row(const std::string &name, int64_t row) const override;
  Result<Trits> ternary(const std::string &name) const override;
  Result<std::vector<double>> codes(const std::string &name, int64_t plane, int64_t row) const override;

private:
  Result<const ManifestTensor *> find(const std::string &name) const;
  Result<std::vector<double>> rowOfCheckpoint(const ManifestTensor &tensor, int64_t elements, int64_t row,
                                              int64_t columns) const;
  /// Of a ternary matrix: how the checkpoint has it.
  Result<WeightDeclaration> declarationOf(const ManifestTensor &tensor) const;
  /// Those of a ternary matrix, as its product takes them; computing some reads the whole matrix, so they are kept.
  Result<std::vector<double>> scalesOfCheckpoint(const ManifestTensor &tensor, size_t count) const;
  Result<Trits> ternaryOfObject(const ManifestTensor &tensor) const;
  /// Of a matrix that has any.
  Status readGroupScales(const ManifestTensor &tensor, const Layout &layout, Trits &trits) const;
  Result<Trits> ternaryOfCheckpoint(const ManifestTensor &tensor) const;
  const Model &model;
  const Checkpoint *checkpoint;
  mutable std::map<std::string, std::vector<double>> scales; ///< by name
};

} // namespace tern
