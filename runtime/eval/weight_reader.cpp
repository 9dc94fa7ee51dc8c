//===- weight_reader.cpp - Weights for the reference, by their names ----------===//
#include "runtime/eval/weight_reader.h"

#include "lib/base/bfloat16.h"
#include "lib/head/row_codes.h"
#include "lib/trit/layout.h"
#include "lib/weights/storage.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace tern {

Result<const ManifestTensor *> WeightReader::find(const std::string &name) const {
  const std::vector<ManifestTensor> &tensors = model.manifest().tensors;
  auto at = std::ranges::find(tensors, name, &ManifestTensor::name);
  if (at == tensors.end() || at->shape.empty())
    return Error{model.path() + ": has no tensor " + name};
  return &*at;
}

Result<std::vector<double>> WeightReader::row(const std::string &name, int64_t row) const {
  Result<const ManifestTensor *> found = find(name);
  if (!found)
    return found.error();
  const ManifestTensor &tensor = **found;
  // Of three dimensions (the rotary table) a row is all but the first.
  int64_t rows = tensor.shape.size() > 1 ? tensor.shape[0] : 1, columns = 1, elements;
  bool tooLarge = false;
  for (size_t i = tensor.shape.size() > 1 ? 1 : 0; i < tensor.shape.size(); ++i)
    tooLarge |= __builtin_mul_overflow(columns, tensor.shape[i], &columns);
  int64_t width = tensor.dtype == "bf16" ? 2 : 4;
  if (tooLarge || __builtin_mul_overflow(rows, columns, &elements) || tensor.bytes % uint64_t(width) != 0 ||
      tensor.bytes / uint64_t(width) != uint64_t(elements))
    return Error{model.path() + ": tensor " + name + " has a wrong size for its shape and dtype"};
  if (row < 0 || row >= rows)
    return Error{model.path() + ": tensor " + name + " has no row " + std::to_string(row)};
  if (checkpoint && tensor.kind == "scale")
    return scalesOfCheckpoint(tensor, size_t(elements));
  // What the compiler computed (the rotary table) has no source.
  if (checkpoint && !tensor.source.empty())
    return rowOfCheckpoint(tensor, elements, row, columns);
  std::vector<double> values(static_cast<size_t>(columns));
  const uint8_t *from = model.weights() + tensor.offset + row * columns * width;
  for (size_t i = 0; i < values.size(); ++i) {
    uint16_t half;
    float whole;
    std::memcpy(width == 2 ? static_cast<void *>(&half) : &whole, from + i * size_t(width), size_t(width));
    values[i] = width == 2 ? bfloat16ToFloat(half) : whole;
  }
  return values;
}

Result<std::vector<double>> WeightReader::rowOfCheckpoint(const ManifestTensor &tensor, int64_t elements, int64_t row,
                                                          int64_t columns) const {
  Result<TensorView> view = checkpoint->find(tensor.source);
  if (!view)
    return view.error();
  if (view->info->elements() != elements)
    return Error{view->where() + ": has another shape than in " + model.path()};
  std::vector<float> values(static_cast<size_t>(columns));
  if (Status status = view->file->readFloats(*view->info, row * columns, values); !status)
    return status.error();
  if (!tensor.factor.empty()) {
    Result<float> factor = readScale(*checkpoint, tensor.factor);
    if (!factor)
      return factor.error();
    for (float &value : values)
      value *= *factor;
  }
  return std::vector<double>(values.begin(), values.end());
}

Result<Trits> WeightReader::ternary(const std::string &name) const {
  Result<const ManifestTensor *> tensor = find(name);
  if (!tensor)
    return tensor.error();
  if ((*tensor)->kind != "ternary" || (*tensor)->shape.size() != 2)
    return Error{model.path() + ": tensor " + name + " is no ternary matrix"};
  return checkpoint ? ternaryOfCheckpoint(**tensor) : ternaryOfObject(**tensor);
}

Result<WeightDeclaration> WeightReader::declarationOf(const ManifestTensor &tensor) const {
  Result<WeightFormat> format = parseWeightFormat(tensor.format);
  if (!format)
    return Error{model.path() + ": tensor " + tensor.name + ": " + format.error().message};
  // A matrix without scales, or whose scales the compiler computed, has none in the checkpoint.
  Result<const ManifestTensor *> scales = find(tensor.name + ".scale");
  return WeightDeclaration{tensor.storage,  *format,        tensor.source, scales ? (*scales)->source : "",
                           tensor.shape[0], tensor.shape[1]};
}

Result<std::vector<double>> WeightReader::scalesOfCheckpoint(const ManifestTensor &tensor, size_t count) const {
  if (auto known = scales.find(tensor.name); known != scales.end())
    return known->second;
  Result<const ManifestTensor *> matrix = find(tensor.name.substr(0, tensor.name.rfind('.')));
  if (!matrix)
    return matrix.error();
  Result<WeightDeclaration> declaration = declarationOf(**matrix);
  if (!declaration)
    return declaration.error();
  Result<std::unique_ptr<StoredWeights>> stored = openWeights(*checkpoint, *declaration);
  if (!stored)
    return stored.error();
  Result<std::vector<float>> numbers = (*stored)->scales();
  if (!numbers)
    return numbers.error();
  std::vector<float> each = declaration->format.scale->along.spread(std::move(*numbers));
  if (each.size() != count)
    return Error{model.path() + ": tensor " + tensor.name + " has " + std::to_string(count) + " scales, but " +
                 std::to_string(each.size()) + " by its format"};
  return scales.emplace(tensor.name, std::vector<double>(each.begin(), each.end())).first->second;
}

Result<Trits> WeightReader::ternaryOfCheckpoint(const ManifestTensor &tensor) const {
  Result<WeightDeclaration> declaration = declarationOf(tensor);
  if (!declaration)
    return declaration.error();
  Result<std::unique_ptr<StoredWeights>> stored = openWeights(*checkpoint, *declaration);
  if (!stored)
    return stored.error();
  Trits trits{tensor.shape[0], tensor.shape[1], {}};
  trits.values.resize(size_t(trits.rows * trits.columns));
  if (Status status = (*stored)->readRows(0, trits.rows, trits.values); !status)
    return status.error();
  if (declaration->format.scale && declaration->format.scale->along.group != 0) {
    Result<std::vector<float>> numbers = (*stored)->scales();
    if (!numbers)
      return numbers.error();
    trits.groupScales = std::move(*numbers);
  }
  return trits;
}

Status WeightReader::readGroupScales(const ManifestTensor &tensor, const Layout &layout, Trits &trits) const {
  Result<WeightDeclaration> declaration = declarationOf(tensor);
  if (!declaration)
    return declaration.error();
  int64_t group = declaration->format.scale ? declaration->format.scale->along.group : 0;
  if (group == 0)
    return {};
  Result<const ManifestTensor *> scales = find(tensor.name + ".scale");
  if (!scales)
    return scales.error();
  int64_t groups = trits.columns / group, count = layout.paddedRows(trits.rows) * groups;
  if (trits.columns % group != 0 || (*scales)->dtype != "f32" || (*scales)->bytes != uint64_t(4 * count))
    return Error{model.path() + ": tensor " + (*scales)->name + " has a wrong size for the groups of " + tensor.name};
  for (int64_t row = 0; row < trits.rows; ++row)
    for (int64_t g = 0; g < groups; ++g) {
      float &scale = trits.groupScales.emplace_back();
      std::memcpy(&scale, model.weights() + (*scales)->offset + 4 * layout.groupScaleIndex(row, g, groups),
                  sizeof scale);
    }
  return {};
}

Result<Trits> WeightReader::ternaryOfObject(const ManifestTensor &tensor) const {
  Result<Layout> layout = parseLayout(tensor.layout);
  if (!layout)
    return Error{model.path() + ": tensor " + tensor.name + ": " + layout.error().message};
  Trits trits{tensor.shape[0], tensor.shape[1], {}};
  if (tensor.bytes != uint64_t(layout->matrixBytes(trits.rows, trits.columns)))
    return Error{model.path() + ": tensor " + tensor.name + " has a wrong size for its shape and layout"};
  trits.values.resize(size_t(trits.rows * trits.columns));
  const uint8_t *from = model.weights() + tensor.offset;
  size_t band = size_t(layout->bandBytes(trits.columns));
  for (int64_t first = 0; first < trits.rows; first += layout->tileRows, from += band) {
    int64_t count = std::min(layout->tileRows, trits.rows - first);
    unpackBand(*layout, {from, band}, count, trits.columns,
               std::span(trits.values).subspan(size_t(first * trits.columns), size_t(count * trits.columns)));
  }
  if (Status status = readGroupScales(tensor, *layout, trits); !status)
    return status.error();
  return trits;
}

Result<std::vector<double>> WeightReader::codes(const std::string &name, int64_t plane, int64_t row) const {
  Result<const ManifestTensor *> found = find(name);
  if (!found)
    return found.error();
  const ManifestTensor &tensor = **found;
  const std::vector<int64_t> &shape = tensor.shape;
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max(); // products of two do not overflow
  if (tensor.kind != "row_codes" || shape.size() != 2 || shape[0] > kMost || shape[1] > kMost ||
      tensor.bytes != uint64_t(shape[0] * (codeRowBytes(shape[1], 0) + codeRowBytes(shape[1], 1))) || plane < 0 ||
      plane >= kCodePlanes || row < 0 || row >= shape[0])
    return Error{model.path() + ": tensor " + name + " has no codes of row " + std::to_string(row) + " in plane " +
                 std::to_string(plane)};
  int64_t columns = shape[1], bytes = codeRowBytes(columns, plane);
  int64_t begin = plane * shape[0] * codeRowBytes(columns, 0) + row * bytes;
  std::span<const uint8_t> stored(model.weights() + tensor.offset + begin, size_t(bytes));
  std::vector<uint8_t> planes[kCodePlanes];
  if (checkpoint) {
    Result<TensorView> view = checkpoint->find(tensor.source);
    if (!view)
      return view.error();
    if (view->info->shape != shape)
      return Error{view->where() + ": has another shape than in " + model.path()};
    std::vector<float> values(static_cast<size_t>(columns));
    if (Status status = view->file->readFloats(*view->info, row * columns, values); !status)
      return status.error();
    for (int64_t i = 0; i < kCodePlanes; ++i)
      planes[i].resize(size_t(codeRowBytes(columns, i)));
    encodeRow(values, planes[0], planes[1]);
    stored = planes[plane];
  }
  std::vector<double> codes(size_t(codeColumns(columns)));
  for (int64_t column = 0; column < columns; ++column)
    codes[size_t(column)] = codeAt(stored, plane, column);
  return codes;
}

} // namespace tern
