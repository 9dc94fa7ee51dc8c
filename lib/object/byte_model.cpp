//===- byte_model.cpp - What one decoded token costs --------------------------===//
#include "lib/object/byte_model.h"

#include "lib/head/row_codes.h"

#include <algorithm>

namespace tern {

static constexpr const char *kEmbedding = "token_embd", *kOutput = "output", *kLayers = "blk.";

Json TokenCost::toJson() const {
  return {{"body", body},           {"head", head},     {"cache", cache},
          {"other", other},         {"total", bytes()}, {"ternary_macs", ternaryMacs},
          {"dense_macs", denseMacs}};
}

ModelPart partOf(const Manifest &manifest, const ManifestTensor &tensor) {
  if (tensor.kind == "rope")
    return ModelPart::Rope;
  if (tensor.name.starts_with(kLayers))
    return ModelPart::Body;
  bool separate =
      std::ranges::any_of(manifest.tensors, [](const ManifestTensor &other) { return other.name == kOutput; });
  return tensor.name == kEmbedding && separate ? ModelPart::Embedding : ModelPart::Head;
}

/// What one position or token reads of a table. A tensor without a shape is one row.
static double rowBytes(const ManifestTensor &tensor) {
  int64_t rows = tensor.shape.empty() ? 1 : tensor.shape.front();
  return double(tensor.bytes) / double(std::max<int64_t>(rows, 1));
}

TokenCost tokenCost(const tern_model_header &header, const Manifest &manifest, double context) {
  TokenCost cost;
  bool screened =
      std::ranges::any_of(manifest.tensors, [](const ManifestTensor &tensor) { return tensor.kind == "row_codes"; });
  for (const ManifestTensor &tensor : manifest.tensors) {
    double bytes = double(tensor.bytes), weights = 1;
    for (int64_t extent : tensor.shape)
      weights *= double(extent);
    bool matrix = tensor.shape.size() == 2;
    switch (partOf(manifest, tensor)) {
    case ModelPart::Body:
      cost.body += bytes;
      if (tensor.kind == "ternary")
        cost.ternaryMacs += weights;
      else if (matrix)
        cost.denseMacs += weights;
      break;
    case ModelPart::Head:
      if (tensor.kind == "row_codes")
        cost.head += bytes * kCodeBits[0] / (kCodeBits[0] + kCodeBits[1]); // but for padding, the coarse plane
      else if (tensor.kind == "row_figures")
        cost.head += bytes / kRowFigures * 3; // scale and residual of the coarse plane, norm
      else if (!screened || !matrix)
        cost.head += bytes;
      if (matrix && tensor.kind == "dense" && !screened)
        cost.denseMacs += weights;
      break;
    case ModelPart::Embedding:
      break;
    case ModelPart::Rope:
      cost.other += rowBytes(tensor);
      break;
    }
    if (tensor.name == kEmbedding && matrix)
      cost.other += rowBytes(tensor);
  }
  cost.cache = double(header.cache_bytes_per_token) * (context + 1);
  return cost;
}

} // namespace tern
