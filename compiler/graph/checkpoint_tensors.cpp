//===- checkpoint_tensors.cpp - The tensors of a checkpoint, checked ----------===//
#include "compiler/graph/checkpoint_tensors.h"

#include "lib/base/text.h"

#include <algorithm>

namespace tern {

static std::string shapeText(std::span<const int64_t> shape) {
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text.empty() ? "a single number" : text;
}

Result<int64_t> storedRows(const Storage &storage, const std::string &configPath, const std::string &module,
                           int64_t rows) {
  if (rows % storage.rowsInOne == 0)
    return rows / storage.rowsInOne;
  return Error{configPath + ": " + module + " has " + std::to_string(rows) + " rows, but weights stored as " +
               std::string(storage.name) + " need a multiple of " + std::to_string(storage.rowsInOne)};
}

std::optional<DType> CheckpointTensors::dtypeOf(const std::string &tensor) const {
  Result<TensorView> view = checkpoint.find(tensor);
  return view ? std::optional(view->info->dtype) : std::nullopt;
}

bool CheckpointTensors::isTernary(const std::string &tensor) const {
  Result<TensorView> view = checkpoint.find(tensor);
  return view && isTernaryStorage(*view->info);
}

Status CheckpointTensors::check(const std::string &tensor, std::span<const int64_t> shape, bool isFloat) {
  used.insert(tensor);
  Result<TensorView> view = checkpoint.find(tensor);
  if (!view)
    return view.error();
  if (!std::ranges::equal(view->info->shape, shape))
    return Error{view->where() + ": has shape " + shapeText(view->info->shape) + ", but config.json asks for " +
                 shapeText(shape)};
  DType dtype = view->info->dtype;
  if (isFloat ? !tern::isFloat(dtype) : dtype != DType::U8)
    return Error{view->where() + ": has dtype " + std::string(dtypeName(dtype)) + ", but " +
                 (isFloat ? "a float type" : "U8") + " is needed"};
  return {};
}

Status CheckpointTensors::need(const std::string &tensor, std::span<const int64_t> shape, TensorRole) {
  return check(tensor, shape, /*isFloat=*/true);
}

Status CheckpointTensors::needScale(const std::string &tensor) {
  Result<TensorView> view = checkpoint.find(tensor);
  if (!view)
    return view.error();
  if (view->info->elements() != 1)
    return Error{view->where() + ": has shape " + shapeText(view->info->shape) +
                 ", but one scale for the matrix is supported"};
  return check(tensor, view->info->shape, /*isFloat=*/true);
}

Result<WeightDeclaration> CheckpointTensors::needWeights(const Quantization &quantization, const std::string &module,
                                                         const std::string &tensor, int64_t rows, int64_t columns) {
  Result<TensorView> view = checkpoint.find(tensor);
  if (!view)
    return view.error();
  auto known = std::ranges::find_if(
      storages(), [&](const Storage *storage) { return storage->recognises(quantization, *view->info); });
  if (known == storages().end())
    return Error{view->where() + ": has dtype " + std::string(dtypeName(view->info->dtype)) +
                 ", but config.json asks for weights that are ternary floats"};
  Result<int64_t> stored = storedRows(**known, configPath(), module, rows);
  if (!stored)
    return stored.error();
  if (Status status = check(tensor, std::vector{*stored, columns}, (*known)->isFloat); !status)
    return status.error();
  Result<WeightDeclaration> weight = (*known)->declare(checkpoint, quantization, module, tensor, rows, columns);
  if (weight)
    used.insert(weight->scales);
  return weight;
}

Result<bool> CheckpointTensors::same(const std::string &a, const std::string &b) {
  used.insert(b);
  return checkpoint.same(*checkpoint.find(a), *checkpoint.find(b));
}

Status CheckpointTensors::checkAllUsed() const {
  // What old versions of transformers wrote beside the weights: numbers that follow from config.json.
  constexpr std::string_view kDerived[] = {".rotary_emb.inv_freq"};
  std::vector<std::string> left;
  for (const std::string &tensor : checkpoint.tensors())
    if (!used.contains(tensor) &&
        std::ranges::none_of(kDerived, [&](std::string_view suffix) { return tensor.ends_with(suffix); }))
      left.push_back(printable(tensor));
  if (left.empty())
    return {};
  constexpr size_t kShown = 6;
  std::string more = left.size() > kShown ? " and " + std::to_string(left.size() - kShown) + " more" : "";
  size_t count = left.size();
  left.resize(std::min(count, kShown));
  return Error{checkpoint.folder() + ": has " + std::to_string(count) + " tensor" + (count == 1 ? "" : "s") +
               " that the graph of its family does not use, so it is another model than config.json says: " +
               join(left, ", ") + more};
}

} // namespace tern
