//===- gguf_tensors.h - The tensors of a GGUF file by the hub's names -------===//
#pragma once

#include "lib/checkpoint/gguf.h"
#include "lib/checkpoint/gguf_architectures.h"

#include <memory>

namespace tern {

/// Tensors with the names, shapes and rows that the hub's checkpoints have. Types whose numbers are plain read as their
/// dtype, those of blocks as F32; the latter's rows can be had as they lie (readBlocks), too.
class GgufTensors : public TensorFile {
public:
  /// `file`: one that describeGgufModel has no problems with, and `headRows` as it gives them. Errors name the tensor:
  /// q or k that are no whole heads.
  static Result<std::unique_ptr<GgufTensors>> make(GgufFile file, const GgufArchitecture &architecture,
                                                   int64_t headRows);

  const std::string &path() const override { return file.path(); }
  Status read(const TensorInfo &tensor, uint64_t offset, std::span<std::byte> out) const override;
  Status readBlocks(const TensorInfo &tensor, int64_t row, std::span<std::byte> out) const override;
  Result<float> blockScale(const TensorInfo &tensor) const override;

private:
  GgufTensors(GgufFile file, TensorMap map) : TensorFile(std::move(map)), file(std::move(file)) {}
  /// Row `row` of a tensor as its dtype has it.
  Status readRow(const TensorInfo &tensor, int64_t row, std::span<std::byte> out) const;
  GgufFile file;
};

} // namespace tern
