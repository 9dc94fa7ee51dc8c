//===- float_rows.h - A matrix of floats, and figures of its magnitudes --------===//
#pragma once

#include "lib/checkpoint/checkpoint.h"
#include "lib/weights/format.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tern {

/// A number in an error: %g.
std::string numberText(float value);

/// A float tensor [rows, columns], read a few rows at a time: it may be the largest thing in the checkpoint.
class FloatRows {
public:
  explicit FloatRows(TensorView tensor) : view(std::move(tensor)) {}

  int64_t rows() const { return view.info->shape[0]; }
  int64_t columns() const { return view.info->shape[1]; }
  std::string where() const { return view.where(); }
  /// "PATH: tensor NAME: weight [row, column] is VALUE", the beginning of errors.
  std::string placeOf(int64_t row, int64_t column, float value) const;
  /// Rows [first, first + count), until the next call.
  Result<std::span<const float>> read(int64_t first, int64_t count);
  /// Calls `take` with all rows in order, some at a time, and the number of the first of them.
  Status forEach(const std::function<Status(int64_t first, std::span<const float> values)> &take);

private:
  TensorView view;
  std::vector<float> floats;
};

/// A figure of the magnitudes of a matrix, at least 1e-5: what master weights are divided by before they are rounded.
///   Absmean   their mean (BitNet b1.58, section 2)
///   Median    the one in the middle of them in order, of two the lower (BitNet b1.58 Reloaded; torch.median)
///   Absmax    the largest
/// `figure` is not Stored. A NaN or an infinity is an error.
Result<float> magnitudeOf(FloatRows &matrix, ScaleOrigin figure);

} // namespace tern
