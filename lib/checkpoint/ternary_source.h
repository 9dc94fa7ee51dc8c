//===- ternary_source.h - Rows of trits out of a checkpoint ----------------===//
#pragma once

#include "lib/checkpoint/checkpoint.h"

#include <memory>
#include <optional>
#include <span>

namespace tern {

/// How a checkpoint stores the trits of a linear layer (#ternary storage).
enum class TernaryStorage {
  /// U8 [rows/4, columns]: bits 2i..2i+1 of byte [r, c] hold weight [i * rows/4 + r, c] + 1
  /// (transformers' pack_weights).
  PackedRows,
  /// Float [rows, columns], quantised here by absmean (BitNet b1.58, section 2; transformers'
  /// WeightQuant): s = max(mean|m|, 1e-5),
  /// w = clamp(round-half-even(m * (1 / s)), -1, 1).
  Master,
  /// Float [rows, columns], each -1, 0 or 1: a packed AutoBitLinear as transformers holds it once it is loaded.
  Trits,
};

/// The one number, finite and positive, that tensor `name` holds.
Result<float> readScale(const Checkpoint &checkpoint, const std::string &name);

/// One ternary matrix, read row by row; holds at most the tensor's own bytes.
class TernarySource {
public:
  /// `scaleTensor` is absent for Master and only for it. Errors: a missing tensor, a wrong dtype or shape, a scale
  /// that is not finite and positive.
  static Result<TernarySource> open(const Checkpoint &checkpoint, const std::string &tensor,
                                    const std::optional<std::string> &scaleTensor, TernaryStorage storage);

  int64_t rows() const { return rowCount; }
  int64_t columns() const { return columnCount; }
  /// The checkpoint's weight_scale, or the absmean of the master weights.
  float scale() const { return weightScale; }
  /// Rows [first, first + count) as trits in {-1, 0, 1}, row-major. A packed code of 3, or a float that is no trit, is
  /// an error that names its place.
  Status readRows(int64_t first, int64_t count, std::span<int8_t> out);

private:
  explicit TernarySource(TensorView tensor) : view(std::move(tensor)) {}
  Status measureAbsmean();
  Status readFloatRows(int64_t first, int64_t count);

  TensorView view;
  TernaryStorage storage = TernaryStorage::PackedRows;
  int64_t rowCount = 0, columnCount = 0;
  float weightScale = 0;
  std::vector<std::byte> packed; ///< the whole packed tensor, read at the first readRows
  std::vector<float> floats;     ///< rows of floats
};

} // namespace tern
