//===- scaled.cpp - Floats that are trits times scales already -------------------===//
//
// Float [rows, columns], each -s, 0 or s, as models are published "unpacked" (TriLM: a scale for each part of the rows
// or of the columns that one device trained; Bonsai: one for each group of 128 or 64 columns of a row). No tensor names
// the scales and nothing in config.json the parts or groups: they are found in the values, exactly.
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/storages.h"

#include <cmath>

namespace tern {
namespace {

/// The magnitude of the values of a row or a column that are not zero.
struct Magnitude {
  float value = 0; ///< 0 while all are zero
  bool isOne = true;

  void add(float number) {
    float magnitude = std::fabs(number);
    if (magnitude == 0)
      return;
    isOne = isOne && std::isfinite(magnitude) && (value == 0 || value == magnitude);
    value = value == 0 ? magnitude : value;
  }
};

/// Those of all rows and of all columns.
struct Magnitudes {
  std::vector<Magnitude> rows, columns;
};

Result<Magnitudes> measure(FloatRows &matrix) {
  Magnitudes all{std::vector<Magnitude>(size_t(matrix.rows())), std::vector<Magnitude>(size_t(matrix.columns()))};
  Status status = matrix.forEach([&](int64_t first, std::span<const float> values) -> Status {
    size_t columns = all.columns.size();
    for (size_t i = 0; i < values.size(); ++i) {
      all.rows[size_t(first) + i / columns].add(values[i]);
      all.columns[i % columns].add(values[i]);
    }
    return {};
  });
  if (!status)
    return status.error();
  return all;
}

bool allAreOne(const std::vector<Magnitude> &magnitudes) {
  for (const Magnitude &magnitude : magnitudes)
    if (!magnitude.isOne)
      return false;
  return true;
}

struct Part {
  int64_t size = 0;
  float scale = 0;
};

/// Neighbours with one magnitude; those that are all zero have any. A matrix of zeros has scale 1.
std::vector<Part> partsOf(const std::vector<Magnitude> &magnitudes) {
  std::vector<Part> parts(1);
  for (const Magnitude &magnitude : magnitudes) {
    if (magnitude.value != 0 && parts.back().scale != 0 && magnitude.value != parts.back().scale)
      parts.push_back({});
    ++parts.back().size;
    if (magnitude.value != 0)
      parts.back().scale = magnitude.value;
  }
  if (parts.back().scale == 0)
    parts.back().scale = 1;
  return parts;
}

/// The fewest columns that are taken for a group: fewer have one magnitude by chance in matrices of few values.
constexpr int64_t kLeastGroup = 16;

/// The magnitudes of groups of columns of each row, row-major, of the largest groups of kLeastGroup times a power of
/// two columns that have one; of no columns where not even the smallest have.
struct GroupMagnitudes {
  int64_t group = 0;
  std::vector<float> values; ///< 0 where a group is all zero

  /// Joins neighbours as long as all of them agree.
  void widen(int64_t columns) {
    auto differ = [](float a, float b) { return a != 0 && b != 0 && a != b; };
    while (columns % (2 * group) == 0) {
      for (size_t i = 0; i < values.size(); i += 2)
        if (differ(values[i], values[i + 1]))
          return;
      for (size_t i = 0; i < values.size() / 2; ++i)
        values[i] = std::max(values[2 * i], values[2 * i + 1]);
      values.resize(values.size() / 2);
      group *= 2;
    }
  }
};

/// Those of groups of `group` columns, which divide the matrix's.
Result<GroupMagnitudes> measureGroups(FloatRows &matrix, int64_t group) {
  GroupMagnitudes all{group, {}};
  bool isOne = true;
  Status status = matrix.forEach([&](int64_t, std::span<const float> values) -> Status {
    for (size_t first = 0; isOne && first < values.size(); first += size_t(group)) {
      Magnitude magnitude;
      for (float value : values.subspan(first, size_t(group)))
        magnitude.add(value);
      isOne = magnitude.isOne;
      all.values.push_back(magnitude.value);
    }
    return {};
  });
  if (!status)
    return status.error();
  return isOne ? std::move(all) : GroupMagnitudes();
}

Result<GroupMagnitudes> findGroups(FloatRows &matrix) {
  if (matrix.columns() % kLeastGroup != 0)
    return GroupMagnitudes();
  Result<GroupMagnitudes> all = measureGroups(matrix, kLeastGroup);
  if (all && all->group != 0)
    all->widen(matrix.columns());
  return all;
}

WeightAlong alongParts(const std::vector<Part> &parts, bool ofRows, int64_t extent) {
  WeightAlong along;
  if (parts.size() == 1)
    return along;
  if (int64_t(parts.size()) > extent / 2) { // a scale for each, of which a few happen to be equal
    along.axis = ofRows ? WeightAxis::Row : WeightAxis::Column;
    return along;
  }
  along.axis = ofRows ? WeightAxis::Rows : WeightAxis::Columns;
  for (const Part &part : parts)
    along.parts.push_back(part.size);
  return along;
}

class Scaled : public StoredWeights {
public:
  Scaled(TensorView tensor, WeightAlong along) : floats(std::move(tensor)), along(std::move(along)) {}

  Result<std::vector<float>> scales() override {
    if (Status status = find(); !status)
      return status.error();
    return numbers;
  }

  Status readRows(int64_t first, int64_t count, std::span<int8_t> out) override {
    if (Status status = find(); !status)
      return status;
    Result<std::span<const float>> values = floats.read(first, count);
    if (!values)
      return values.error();
    for (size_t i = 0; i < values->size(); ++i) {
      int64_t row = first + int64_t(i) / floats.columns(), column = int64_t(i) % floats.columns();
      float value = (*values)[i], scale = each[placeOfScale(row, column)];
      if (value != 0 && std::fabs(value) != scale)
        return Error{floats.placeOf(row, column, value) + ", which is neither 0 nor plus or minus the scale " +
                     numberText(scale)};
      out[i] = int8_t(value > 0) - int8_t(value < 0);
    }
    return {};
  }

private:
  size_t placeOfScale(int64_t row, int64_t column) {
    if (along.axis == WeightAxis::Group)
      return size_t((row * floats.columns() + column) / along.group);
    return size_t(along.isOfColumns() ? column : row);
  }

  /// A group that is all zero has any scale.
  Status findGroupScales() {
    Result<GroupMagnitudes> all = measureGroups(floats, along.group);
    if (!all)
      return all.error();
    if (all->group == 0)
      return Error{floats.where() + ": has groups of " + std::to_string(along.group) +
                   " columns with more than one magnitude"};
    for (float &value : all->values)
      value = value == 0 ? 1 : value;
    numbers = each = std::move(all->values);
    return {};
  }

  /// Sets `numbers` and `each` the first time: it takes the whole matrix.
  Status find() {
    if (!each.empty())
      return {};
    if (along.axis == WeightAxis::Group)
      return findGroupScales();
    Result<Magnitudes> all = measure(floats);
    if (!all)
      return all.error();
    std::vector<float> found; // of each row or column; one that is all zero has its neighbour's
    for (const Part &part : partsOf(along.isOfColumns() ? all->columns : all->rows))
      found.insert(found.end(), size_t(part.size), part.scale);
    // The first of a declared part stands for it; readRows finds others that differ from it.
    if (along.axis == WeightAxis::Tensor) {
      numbers = {found[0]};
      each.assign(found.size(), found[0]);
      return {};
    }
    size_t at = 0;
    for (int64_t part : along.parts) {
      numbers.push_back(found[at]);
      at += size_t(part);
    }
    if (along.parts.empty())
      numbers = std::move(found);
    each = along.spread(numbers);
    return {};
  }

  FloatRows floats;
  WeightAlong along;
  std::vector<float> numbers; ///< the scales of the format
  std::vector<float> each;    ///< that of each row, or of each column
};

Status holds(const WeightFormat &format) {
  if (format.values == WeightValues::Ints)
    return Error{"its values are trits or signs"};
  if (!format.scale || format.scale->by != ScaleOrigin::Stored || format.scale->use != ScaleUse::Multiply)
    return Error{"its scales are in the values, which they multiply"};
  return format.offset ? Status(Error{"it has no offsets"}) : Status();
}

bool recognises(const Quantization &quantization, const TensorInfo &values) {
  return quantization.mode == QuantizationMode::None && isFloat(values.dtype);
}

Result<WeightDeclaration> declare(const Checkpoint &checkpoint, const Quantization &, const std::string &module,
                                  const std::string &source, int64_t rows, int64_t columns) {
  for (const char *sibling : {".wscale", ".wbias", ".norm.weight", ".g_idx"})
    if (Result<TensorView> view = checkpoint.find(module + sibling); view)
      return Error{view->where() + ": a linear layer that has this tensor is of no form that is supported"};
  Result<TensorView> view = checkpoint.find(source);
  if (!view)
    return view.error();
  FloatRows floats(*view);
  Result<Magnitudes> all = measure(floats);
  if (!all)
    return all.error();
  WeightScale scale;
  if (allAreOne(all->rows))
    scale.along = alongParts(partsOf(all->rows), true, rows);
  else if (allAreOne(all->columns))
    scale.along = alongParts(partsOf(all->columns), false, columns);
  else {
    Result<GroupMagnitudes> groups = findGroups(floats);
    if (!groups)
      return groups.error();
    if (groups->group == 0)
      return Error{view->where() +
                   ": is no ternary matrix: config.json has no quantization_config, so all values of a row, of a "
                   "column, or of each group of 16 or more columns of a row must be -s, 0 or s"};
    scale.along = {.axis = WeightAxis::Group, .group = groups->group};
  }
  return WeightDeclaration{std::string(kScaled.name), WeightFormat{.scale = scale}, source, "", rows, columns};
}

Result<std::unique_ptr<StoredWeights>> open(const Checkpoint &, const WeightDeclaration &declaration,
                                            TensorView values) {
  return std::unique_ptr<StoredWeights>(std::make_unique<Scaled>(std::move(values), declaration.format.scale->along));
}

/// Trits times sqrt(1.5 / columns), and a half to the whole of that by groups of 128 columns, as Bonsai has them; in
/// matrices that have no such groups half of that in the second half of the rows, as TriLM.
void make(const Counter &numbers, int64_t row, int64_t rows, int64_t columns, std::span<uint8_t> bytes) {
  constexpr int64_t kGroup = 128;
  float scale = std::sqrt(1.5f / float(columns));
  for (int64_t column = 0; column < columns; ++column) {
    float part =
        columns % kGroup == 0 ? 1.0f - float((row + column / kGroup) % 5) / 8.0f : (row < rows / 2 ? 1.0f : 0.5f);
    putBfloat16(float(numbers.tritAt(row * columns + column)) * (scale * part), column, bytes);
  }
}

} // namespace

const Storage kScaled = {
    "scaled", /*isFloat=*/true, /*rowsInOne=*/1, /*hasScaleTensor=*/false, holds, recognises, declare, open, make};

} // namespace tern
