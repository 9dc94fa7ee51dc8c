//===- storage.cpp - How checkpoints store weight matrices --------------------===//
#include "lib/weights/storage.h"

#include "lib/weights/float_rows.h"

#include <algorithm>
#include <cmath>

namespace tern {

#define TERN_STORAGE(NAME) extern const Storage k##NAME;
#include "lib/weights/storages.def"
#undef TERN_STORAGE

std::span<const Storage *const> storages() {
#define TERN_STORAGE(NAME) &k##NAME,
  static const Storage *const all[] = {
#include "lib/weights/storages.def"
  };
#undef TERN_STORAGE
  return all;
}

const Storage *findStorage(std::string_view name) {
  auto found = std::ranges::find(storages(), name, &Storage::name);
  return found == storages().end() ? nullptr : *found;
}

Status checkDeclaration(const WeightDeclaration &declaration) {
  const Storage *storage = findStorage(declaration.storage);
  if (!storage) {
    std::string known;
    for (const Storage *other : storages())
      known += (known.empty() ? "" : ", ") + std::string(other->name);
    return Error{"there is no storage " + quote(declaration.storage) + "; there are: " + known};
  }
  std::string name(storage->name);
  if (declaration.rows <= 0 || declaration.columns <= 0)
    return Error{"needs positive rows and columns, not " + std::to_string(declaration.rows) + " x " +
                 std::to_string(declaration.columns)};
  if (declaration.rows % storage->rowsInOne != 0)
    return Error{"is stored as " + name + ", which holds " + std::to_string(storage->rowsInOne) +
                 " rows in a byte, but has " + std::to_string(declaration.rows) + " rows"};
  if (Status status = storage->holds(declaration.format); !status)
    return Error{"storage " + name + " does not hold the format " + quote(formatText(declaration.format)) + ": " +
                 status.error().message};
  if (storage->hasScaleTensor && declaration.scales.empty())
    return Error{"is stored as " + name + ", which needs the name of a tensor of scales"};
  if (!storage->hasScaleTensor && !declaration.scales.empty())
    return Error{"is stored as " + name + ", whose scales are no tensor of their own"};
  return declaration.format.verifyFor(declaration.rows, declaration.columns);
}

static std::string sizeText(int64_t rows, int64_t columns) {
  return std::to_string(rows) + " x " + std::to_string(columns);
}

Result<std::unique_ptr<StoredWeights>> openWeights(const Checkpoint &checkpoint, const WeightDeclaration &declaration) {
  Result<TensorView> view = checkpoint.find(declaration.source);
  if (!view)
    return view.error();
  if (Status status = checkDeclaration(declaration); !status)
    return Error{view->where() + ": " + status.error().message};
  const Storage &storage = *findStorage(declaration.storage);
  const TensorInfo &info = *view->info;
  if (info.shape.size() != 2 || info.bytes == 0)
    return Error{view->where() + ": is no matrix"};
  if (storage.isFloat ? !isFloat(info.dtype) : info.dtype != DType::U8)
    return Error{view->where() + ": has dtype " + std::string(dtypeName(info.dtype)) + ", but weights stored as " +
                 std::string(storage.name) + (storage.isFloat ? " are floats" : " are U8")};
  if (info.shape[0] != declaration.rows / storage.rowsInOne || info.shape[1] != declaration.columns)
    return Error{view->where() + ": is " + sizeText(info.shape[0] * storage.rowsInOne, info.shape[1]) +
                 ", but the model has " + sizeText(declaration.rows, declaration.columns)};
  return storage.open(checkpoint, declaration, std::move(*view));
}

Result<std::vector<float>> readScales(const Checkpoint &checkpoint, const std::string &name, int64_t count) {
  Result<TensorView> scales = checkpoint.find(name);
  if (!scales)
    return scales.error();
  if (scales->info->elements() != count)
    return Error{scales->where() + ": must hold " + (count == 1 ? "one number" : std::to_string(count) + " numbers") +
                 ", not " + std::to_string(scales->info->elements())};
  if (!isFloat(scales->info->dtype))
    return Error{scales->where() + ": has dtype " + std::string(dtypeName(scales->info->dtype)) +
                 ", but a scale is a float"};
  std::vector<float> values(static_cast<size_t>(count));
  if (Status status = scales->file->readFloats(*scales->info, 0, values); !status)
    return status.error();
  for (float value : values)
    if (!std::isfinite(value) || value <= 0)
      return Error{scales->where() + ": is " + numberText(value) + "; a scale must be finite and positive"};
  return values;
}

Result<float> readScale(const Checkpoint &checkpoint, const std::string &name) {
  Result<std::vector<float>> scales = readScales(checkpoint, name, 1);
  return scales ? Result<float>(scales->front()) : scales.error();
}

} // namespace tern
