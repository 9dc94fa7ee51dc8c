//===- logit_bounds.h - Between which floats a logit must lie -------------===//
//
// From the integer products of a row's codes and an activation's codes to an interval that holds the logit which the
// bf16 head computes for that row, in whatever order it adds. docs/screened-head.md proves it; the names are those of
// the proof.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/head/row_codes.h"

#include <new>
#include <vector>

namespace tern {

/// On cache lines: a vector of 64 bytes that straddles two costs two loads, and the screen exports load four of these
/// for each line of codes (measured at 2,560 columns: 9.5 GB/s of codes where 16-byte alignment lets them straddle).
template <typename T> struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t line{64};
  CacheLineAllocator() = default;
  template <typename U> CacheLineAllocator(const CacheLineAllocator<U> &) {}
  T *allocate(size_t count) { return static_cast<T *>(::operator new(count * sizeof(T), line)); }
  void deallocate(T *memory, size_t) { ::operator delete(memory, line); }
  bool operator==(const CacheLineAllocator &) const { return true; }
};

/// A hidden state x as 16-bit numbers X, each split into two bytes: x ~ step * X, X = 254 * high + low, |high|, |low|
/// <= 127.
struct HiddenCodes {
  std::vector<int8_t, CacheLineAllocator<int8_t>> bytes; ///< [2][codeColumns(columns)]: high, then low; padded with 0
  double step = 0;
  double norm = 0;      ///< an upper bound of ||x||
  double codesNorm = 0; ///< an upper bound of ||step * X||
  double error = 0;     ///< an upper bound of ||x - step * X||
  double sum = 0;       ///< of all X, exact
  /// Whether the bounds hold: x is finite and not 0.
  bool usable = false;
};

/// Quantises a hidden state of at most 2^20 columns.
void encodeHidden(std::span<const float> x, HiddenCodes &codes);

/// The products of one row's codes in one plane with the two bytes of X.
struct CodeSums {
  int32_t high, low;
};

/// The figures of all rows, as they lie in the model object.
struct RowFigureArrays {
  const float *scale[kCodePlanes];
  const float *residual[kCodePlanes];
  const float *norm;
};

/// For a matrix of `rows` rows whose figures lie at `figures`.
RowFigureArrays figureArrays(const float *figures, int64_t rows);

/// Rounds intervals outwards to float for one hidden state.
class LogitBounds {
public:
  LogitBounds(const HiddenCodes &hidden, int64_t columns, const RowFigureArrays &figures);

  /// After the coarse plane: lower[i], upper[i] for row first + i, i < sums.size().
  void coarse(std::span<const CodeSums> sums, int64_t first, float *lower, float *upper) const;
  /// After both planes, for one row.
  void fine(CodeSums coarseSums, CodeSums fineSums, int64_t row, float &lower, float &upper) const;

private:
  /// step * the dot product of (codes - centre of the plane) with X.
  double value(int64_t plane, CodeSums sums) const { return step * (254.0 * sums.high + sums.low - centre[plane]); }

  RowFigureArrays figures;
  double step, centre[kCodePlanes];
  double perResidual, perNorm, perRow; ///< the radius is residual * perResidual + norm * perNorm + perRow
  double largestNorm;                  ///< rows with more may overflow in float32: nothing is known of them
};

} // namespace tern
