//===- pack.cpp - Weights from the checkpoint into the model object ---------===//
#include "compiler/object/pack.h"

#include "compiler/object/pack_row_codes.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"
#include "lib/base/bfloat16.h"
#include "lib/weights/storage.h"

#include <algorithm>
#include <cmath>

namespace tern {
namespace {

/// Elements of a dense tensor in memory at a time: a few MB.
constexpr int64_t kChunk = 1 << 20;

/// What every element of `tensor` is multiplied by.
Result<float> readFactor(decoder::TensorOp tensor, const Checkpoint &checkpoint) {
  return tensor.getFactor() ? readScale(checkpoint, tensor.getFactor()->str()) : Result<float>(1.0f);
}

Status checkDense(decoder::TensorOp tensor, const Checkpoint &checkpoint) {
  Result<TensorView> view = checkpoint.find(tensor.getSource().str());
  if (!view)
    return view.error();
  int64_t total = view->info->elements();
  int64_t declared = mlir::cast<mlir::RankedTensorType>(tensor.getType()).getNumElements();
  if (declared == total) {
    Result<float> factor = readFactor(tensor, checkpoint);
    return factor ? Status() : factor.error();
  }
  return Error{view->where() + ": has " + std::to_string(total) + " elements, but the graph has " +
               std::to_string(declared)};
}

Status packTernary(ternary::WeightOp weight, StoredWeights &stored, const ByteSink &sink) {
  Layout layout = ternary::toLayout(weight.getLayoutAttr());
  int64_t rows = int64_t(weight.getRows()), columns = int64_t(weight.getColumns());
  std::vector<int8_t> trits(size_t(layout.tileRows * columns));
  std::vector<uint8_t> band(size_t(layout.bandBytes(columns)));
  for (int64_t row = 0; row < rows; row += layout.tileRows) {
    int64_t count = std::min(layout.tileRows, rows - row);
    std::span<int8_t> part = std::span(trits).first(size_t(count * columns));
    if (Status status = stored.readRows(row, count, part); !status)
      return status;
    auto alien = std::ranges::find_if_not(part, [&](int8_t trit) { return holds(layout.encoding, trit); });
    if (alien != part.end())
      return Error{"tensor " + weight.getSource().str() + ": weight " + std::to_string(*alien) + " in row " +
                   std::to_string(row + (alien - part.begin()) / columns) + " does not fit layout " +
                   layoutName(layout) + ", whose weights are -1 and 1; take another kernel family"};
    packBand(layout, part, count, columns, band);
    if (Status status = sink(std::as_bytes(std::span(band))); !status)
      return status;
  }
  return {};
}

/// Scales of groups from row by row to where a kernel meets them: for each band those of its rows of one group after
/// the other (ternary.gemm); rows of padding have 0.
std::vector<float> scalesByBand(const Layout &layout, std::span<const float> scales, int64_t rows, int64_t groups) {
  std::vector<float> placed(size_t(layout.paddedRows(rows) * groups));
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t group = 0; group < groups; ++group)
      placed[size_t(layout.groupScaleIndex(row, group, groups))] = scales[size_t(row * groups + group)];
  return placed;
}

Status packDense(decoder::TensorOp tensor, bool narrow, const Checkpoint &checkpoint, const ByteSink &sink) {
  Result<TensorView> view = checkpoint.find(tensor.getSource().str());
  if (!view)
    return view.error();
  Result<float> factor = readFactor(tensor, checkpoint);
  if (!factor)
    return factor.error();
  int64_t total = view->info->elements();
  std::vector<float> values;
  std::vector<uint16_t> halves;
  for (int64_t first = 0; first < total; first += kChunk) {
    values.resize(size_t(std::min(kChunk, total - first)));
    if (Status status = view->file->readFloats(*view->info, first, values); !status)
      return status;
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
      return Error{view->where() + ": holds a NaN or an infinity"};
    for (float &value : values)
      value *= *factor;
    std::span<const std::byte> bytes = std::as_bytes(std::span(values));
    if (narrow) {
      halves.resize(values.size());
      std::transform(values.begin(), values.end(), halves.begin(), floatToBfloat16);
      bytes = std::as_bytes(std::span(halves));
    }
    if (Status status = sink(bytes); !status)
      return status;
  }
  return {};
}

/// In float32 throughout, as transformers computes them.
Status packRopeTable(decoder::RopeTableOp table, const ByteSink &sink) {
  int64_t half = int64_t(table.getHeadDim()) / 2;
  std::vector<float> frequencies(static_cast<size_t>(half)), row(static_cast<size_t>(2 * half));
  for (int64_t i = 0; i < half; ++i)
    frequencies[size_t(i)] = 1.0f / std::pow(float(table.getTheta().convertToDouble()), float(2 * i) / float(2 * half));
  if (auto given = table.getFrequencies())
    frequencies.assign(given->begin(), given->end());
  for (int64_t position = 0; position < int64_t(table.getPositions()); ++position) {
    for (int64_t i = 0; i < half; ++i) {
      float angle = float(position) * frequencies[size_t(i)];
      row[size_t(i)] = std::cos(angle);
      row[size_t(half + i)] = std::sin(angle);
    }
    if (Status status = sink(std::as_bytes(std::span(row))); !status)
      return status;
  }
  return {};
}

} // namespace

Status checkWeights(const WeightPlan &plan, const Checkpoint &checkpoint) {
  for (const WeightEntry &entry : plan.entries) {
    Status status;
    if (entry.kind == WeightKind::Ternary)
      if (auto stored =
              openWeights(checkpoint, ternary::declarationOf(mlir::cast<ternary::WeightOp>(entry.declaration)));
          !stored)
        status = stored.error();
    if (entry.kind == WeightKind::Dense)
      status = checkDense(mlir::cast<decoder::TensorOp>(entry.declaration), checkpoint);
    if (!status)
      return status;
  }
  return {};
}

Status packWeights(const WeightPlan &plan, const Checkpoint &checkpoint, const ByteSink &sink,
                   const PackProgress &progress) {
  if (Status status = checkWeights(plan, checkpoint); !status)
    return status;
  int64_t written = 0;
  std::vector<float> scales;  // of the ternary weight before: they are the next entry
  std::vector<float> figures; // of the row codes before: theirs are the next entry
  for (size_t i = 0; i < plan.entries.size(); ++i) {
    const WeightEntry &entry = plan.entries[i];
    if (progress)
      progress(entry, i, plan.entries.size());
    static constexpr std::byte zeros[64] = {};
    if (Status status = sink(std::span(zeros).first(size_t(entry.offset - written))); !status)
      return status;
    written = entry.offset + entry.bytes;
    Status status;
    switch (entry.kind) {
    case WeightKind::Ternary: {
      auto weight = mlir::cast<ternary::WeightOp>(entry.declaration);
      Result<std::unique_ptr<StoredWeights>> stored = openWeights(checkpoint, ternary::declarationOf(weight));
      if (!stored)
        return stored.error();
      Result<std::vector<float>> numbers = (*stored)->scales();
      if (!numbers)
        return numbers.error();
      scales = weight.getFormat().getFormat().scale->along.spread(std::move(*numbers));
      if (int64_t group = weight.getFormat().group())
        scales = scalesByBand(ternary::toLayout(weight.getLayoutAttr()), scales, int64_t(weight.getRows()),
                              int64_t(weight.getColumns()) / group);
      status = packTernary(weight, **stored, sink);
      break;
    }
    case WeightKind::TernaryScale:
      status = sink(std::as_bytes(std::span(scales)));
      break;
    case WeightKind::Dense:
      status = packDense(mlir::cast<decoder::TensorOp>(entry.declaration), entry.dtype == "bf16", checkpoint, sink);
      break;
    case WeightKind::RowCodes:
      status = packRowCodes(mlir::cast<decoder::RowCodesOp>(entry.declaration), checkpoint, sink, figures);
      break;
    case WeightKind::RowFigures:
      status = sink(std::as_bytes(std::span(figures)));
      break;
    case WeightKind::RopeTable:
      status = packRopeTable(mlir::cast<decoder::RopeTableOp>(entry.declaration), sink);
      break;
    }
    if (!status)
      return status;
  }
  return {};
}

} // namespace tern
