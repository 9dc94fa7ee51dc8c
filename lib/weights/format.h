//===- format.h - What the numbers of a weight matrix are ---------------------===//
//
// A weight matrix is integers times scales, plus offsets. Its format says which integers, along what scales and offsets
// change, and whether they are stored or computed from master weights. It has one text form, which the attribute
// #ternary.format and the manifest of a model object share:
//
//   FORMAT = VALUES [, scale <ALONG, BY [, USE]>] [, offset <ALONG, KIND [TYPE]>]
//   VALUES = trits                 -1, 0, 1
//          | signs                 -1, 1
//          | ints B [zero Z]       B bits, 1 to 8, less Z (0 if it is not there)
//   ALONG  = tensor                one number
//          | rows [n, ...]         one for each part: the first n rows, the next ones, ...
//          | columns [n, ...]      the same of columns
//          | row | column          one for each
//          | group N               one for each N neighbouring columns of each row
//   BY     = stored [TYPE]         in the checkpoint; TYPE is f32, f16 or bf16, absent where it is whatever the tensor
//   has
//          | absmean | median | absmax   of the magnitudes of what shares the scale; the lower of two middle ones
//   USE    = multiply | divide     what the scale does to the integers; multiply if it is not there
//   KIND   = real                  added after scaling
//          | code                  a zero point: taken from the integer before scaling
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

enum class WeightValues { Trits, Signs, Ints };
enum class WeightAxis { Tensor, Rows, Columns, Row, Column, Group };
enum class ScaleOrigin { Stored, Absmean, Median, Absmax };
enum class ScaleUse { Multiply, Divide };
enum class OffsetKind { Real, Code };
enum class ScaleType { Any, F32, F16, BF16 };

/// Along what a number changes.
struct WeightAlong {
  WeightAxis axis = WeightAxis::Tensor;
  std::vector<int64_t> parts = {}; ///< sizes, of Rows and Columns; positive
  int64_t group = 0;               ///< columns, of Group; positive

  bool operator==(const WeightAlong &) const = default;
  /// How many numbers a matrix has.
  int64_t count(int64_t rows, int64_t columns) const;
  /// Whether a row, or a column, has one number of its own or shares it with its part. One for the tensor is neither.
  bool isOfRows() const { return axis == WeightAxis::Row || axis == WeightAxis::Rows; }
  bool isOfColumns() const { return axis == WeightAxis::Column || axis == WeightAxis::Columns; }
  /// The numbers of parts, each repeated for every row or column of its part; those of other axes as they are.
  std::vector<float> spread(std::vector<float> numbers) const;
};

struct WeightScale {
  WeightAlong along = {};
  ScaleOrigin by = ScaleOrigin::Stored;
  ScaleType type = ScaleType::Any; ///< of stored ones
  ScaleUse use = ScaleUse::Multiply;

  bool operator==(const WeightScale &) const = default;
};

struct WeightOffset {
  WeightAlong along = {};
  OffsetKind kind = OffsetKind::Real;
  ScaleType type = ScaleType::Any;

  bool operator==(const WeightOffset &) const = default;
};

struct WeightFormat {
  WeightValues values = WeightValues::Trits;
  int64_t bits = 0, zero = 0; ///< of Ints
  std::optional<WeightScale> scale = {};
  std::optional<WeightOffset> offset = {};

  bool operator==(const WeightFormat &) const = default;
  /// Whether its numbers are in range, for any matrix.
  Status verify() const;
  /// Whether a matrix of this size can have it: parts add up to it, groups divide it.
  Status verifyFor(int64_t rows, int64_t columns) const;
};

/// The text form. parseWeightFormat gives back what it was made of.
std::string formatText(const WeightFormat &format);
/// An error says what was expected where.
Result<WeightFormat> parseWeightFormat(std::string_view text);

} // namespace tern
