//===- recorded_tensors.cpp - The tensors that a graph would ask for ----------===//
#include "compiler/graph/recorded_tensors.h"

#include <algorithm>
#include <iterator>

namespace tern {

/// How tern-gen stores ternary weights of a checkpoint that is quantised so.
static const Storage &storageFor(QuantizationMode mode) {
  return *findStorage(mode == QuantizationMode::Online    ? "master"
                      : mode == QuantizationMode::Offline ? "packed_rows"
                                                          : "scaled");
}

static MadeTensor::Kind kindOf(TensorRole role) {
  switch (role) {
  case TensorRole::Matrix:
    return MadeTensor::Kind::Matrix;
  case TensorRole::Norm:
    return MadeTensor::Kind::Norm;
  case TensorRole::Bias:
    return MadeTensor::Kind::Bias;
  }
  return MadeTensor::Kind::Matrix;
}

std::optional<DType> RecordedTensors::dtypeOf(const std::string &tensor) const {
  auto at = std::ranges::find(asked, tensor, &MadeTensor::name);
  if (at == asked.end())
    return std::nullopt;
  return at->storage && !at->storage->isFloat ? DType::U8 : DType::BF16;
}

Status RecordedTensors::need(const std::string &tensor, std::span<const int64_t> shape, TensorRole role) {
  if (!dtypeOf(tensor))
    asked.push_back({.name = tensor, .kind = kindOf(role), .shape = {shape.begin(), shape.end()}});
  return {};
}

Result<WeightDeclaration> RecordedTensors::needWeights(const Quantization &quantization, const std::string &module,
                                                       const std::string &tensor, int64_t rows, int64_t columns) {
  const Storage &storage = storageFor(quantization.mode);
  if (Result<int64_t> stored = storedRows(storage, path, module, rows); !stored)
    return stored.error();
  WeightDeclaration weight{std::string(storage.name), WeightFormat{.scale = WeightScale()}, tensor, "", rows, columns};
  asked.push_back({.name = tensor, .kind = MadeTensor::Kind::Ternary, .shape = {rows, columns}, .storage = &storage});
  if (storage.hasScaleTensor) {
    weight.scales = module + std::string(kScaleSuffix);
    weight.format.scale->use = storedScaleUse(quantization);
    asked.push_back(
        {.name = weight.scales,
         .kind = weight.format.scale->use == ScaleUse::Divide ? MadeTensor::Kind::Divisor : MadeTensor::Kind::Factor,
         .shape = {rows, columns}});
  }
  return weight;
}

/// The part of a tensor's name that says its layer: "model.layers.3."; empty of what is in none.
static std::string_view layerOf(const MadeTensor &tensor) {
  constexpr std::string_view kLayers = "model.layers.";
  std::string_view name = tensor.name;
  return name.starts_with(kLayers) ? name.substr(0, name.find('.', kLayers.size()) + 1) : "";
}

static bool isOfPart(const MadeTensor &tensor) {
  std::string_view rest = std::string_view(tensor.name).substr(layerOf(tensor).size());
  return (tensor.kind == MadeTensor::Kind::Norm || tensor.kind == MadeTensor::Kind::Bias) &&
         std::ranges::count(rest, '.') > 1;
}

std::vector<MadeTensor> RecordedTensors::tensors() const {
  std::vector<MadeTensor> ordered;
  for (auto begin = asked.begin(); begin != asked.end();) {
    std::string layer(layerOf(*begin));
    auto end = std::find_if(begin, asked.end(), [&](const MadeTensor &tensor) { return layerOf(tensor) != layer; });
    for (bool parts : {false, true})
      std::copy_if(begin, end, std::back_inserter(ordered),
                   [&](const MadeTensor &tensor) { return parts == (!layer.empty() && isOfPart(tensor)); });
    begin = end;
  }
  return ordered;
}

} // namespace tern
