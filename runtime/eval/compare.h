//===- compare.h - How far two matrices are apart ------------------------------===//
#pragma once

#include "lib/operators/operator.h"

#include <span>

namespace tern {

/// The largest relative L2 error of a row, ||actual - expected|| / ||expected||; infinite for a NaN and for other
/// sizes.
double relativeError(const Matrix &actual, const Matrix &expected);

/// The same of one row of floats.
double rowError(std::span<const float> actual, std::span<const float> expected);

/// The largest difference of two numbers; infinite for other sizes.
double largestDifference(const Matrix &actual, const Matrix &expected);

/// The largest difference of two numbers of a cache in codes, whose steps are a 127th of the expected head's largest
/// magnitude: rows are `heads` of equal length. Infinite for other sizes.
double codesApart(const Matrix &actual, const Matrix &expected, size_t heads);

/// The codes of rows of two planes of bytes: 256 times the first half of a row plus the second.
Matrix joinedPlanes(const Matrix &rows);

} // namespace tern
