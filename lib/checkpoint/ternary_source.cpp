//===- ternary_source.cpp - Rows of trits out of a checkpoint -------------===//
#include "lib/checkpoint/ternary_source.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tern {

static std::string formatNumber(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", double(value));
  return text;
}

Result<float> readScale(const Checkpoint &checkpoint, const std::string &name) {
  Result<TensorView> scale = checkpoint.find(name);
  if (!scale)
    return scale.error();
  if (scale->info->elements() != 1)
    return Error{scale->where() + ": must hold one number, not " + std::to_string(scale->info->elements())};
  if (!isFloat(scale->info->dtype))
    return Error{scale->where() + ": has dtype " + std::string(dtypeName(scale->info->dtype)) +
                 ", but a scale is a float"};
  float value;
  if (Status status = scale->file->readFloats(*scale->info, 0, std::span(&value, 1)); !status)
    return status.error();
  if (!std::isfinite(value) || value <= 0)
    return Error{scale->where() + ": is " + formatNumber(value) + "; a scale must be finite and positive"};
  return value;
}

Result<TernarySource> TernarySource::open(const Checkpoint &checkpoint, const std::string &tensor,
                                          const std::optional<std::string> &scaleTensor, TernaryStorage storage) {
  Result<TensorView> view = checkpoint.find(tensor);
  if (!view)
    return view.error();
  if (view->info->shape.size() != 2 || view->info->bytes == 0)
    return Error{view->where() + ": is no matrix"};
  bool packed = storage == TernaryStorage::PackedRows;
  if (packed ? view->info->dtype != DType::U8 : !isFloat(view->info->dtype))
    return Error{view->where() + ": has dtype " + std::string(dtypeName(view->info->dtype)) +
                 (packed                             ? ", but packed ternary weights are U8"
                  : storage == TernaryStorage::Trits ? ", but trits that are not packed are floats"
                                                     : ", but master weights are floats")};
  TernarySource source(std::move(*view));
  source.storage = storage;
  source.rowCount = source.view.info->shape[0] * (packed ? 4 : 1);
  source.columnCount = source.view.info->shape[1];
  bool master = storage == TernaryStorage::Master;
  if (!master && !scaleTensor)
    return Error{source.view.where() + ": holds trits, but no scale tensor is named for them"};
  if (master) {
    if (Status status = source.measureAbsmean(); !status)
      return status.error();
    return source;
  }
  Result<float> scale = readScale(checkpoint, *scaleTensor);
  if (!scale)
    return scale.error();
  source.weightScale = *scale;
  return source;
}

Status TernarySource::measureAbsmean() {
  // Rows are read a few at a time: the tensor itself may be the largest thing in the checkpoint.
  double sum = 0;
  int64_t step = std::max<int64_t>(1, (1 << 18) / columnCount);
  for (int64_t row = 0; row < rowCount; row += step) {
    if (Status status = readFloatRows(row, std::min(step, rowCount - row)); !status)
      return status;
    for (float value : floats)
      sum += std::fabs(double(value));
  }
  if (!std::isfinite(sum))
    return Error{view.where() + ": holds a NaN or an infinity"};
  weightScale = std::max(float(sum / double(rowCount * columnCount)), 1e-5f);
  return {};
}

Status TernarySource::readFloatRows(int64_t first, int64_t count) {
  floats.resize(size_t(count * columnCount));
  return view.file->readFloats(*view.info, first * columnCount, floats);
}

Status TernarySource::readRows(int64_t first, int64_t count, std::span<int8_t> out) {
  if (storage != TernaryStorage::PackedRows)
    if (Status status = readFloatRows(first, count); !status)
      return status;
  if (storage == TernaryStorage::Trits) {
    for (size_t i = 0; i < floats.size(); ++i) {
      if (floats[i] != 0 && std::fabs(floats[i]) != 1)
        return Error{view.where() + ": weight [" + std::to_string(first + int64_t(i) / columnCount) + ", " +
                     std::to_string(int64_t(i) % columnCount) + "] is " + formatNumber(floats[i]) +
                     ", but floats with a weight_scale must be -1, 0 or 1; if they are master weights, their "
                     "quantization_mode is online"};
      out[i] = int8_t(floats[i]);
    }
    return {};
  }
  if (storage == TernaryStorage::Master) {
    float inverse = 1.0f / weightScale;
    for (size_t i = 0; i < floats.size(); ++i)
      out[i] = int8_t(std::clamp(std::nearbyint(floats[i] * inverse), -1.0f, 1.0f));
    return {};
  }
  if (packed.empty()) {
    packed.resize(view.info->bytes);
    if (Status status = view.file->read(*view.info, 0, packed); !status)
      return status;
  }
  int64_t quarter = rowCount / 4;
  for (int64_t row = first; row < first + count; ++row) {
    int shift = int(2 * (row / quarter));
    const std::byte *from = packed.data() + (row % quarter) * columnCount;
    int8_t *to = out.data() + (row - first) * columnCount;
    unsigned all = 0; // a code of 3 leaves both bits set; (code & code >> 1) finds it without a
                      // branch per weight
    for (int64_t column = 0; column < columnCount; ++column) {
      unsigned code = (unsigned(from[column]) >> shift) & 3;
      all |= code & (code >> 1);
      to[column] = int8_t(int(code) - 1);
    }
    if (all != 0) {
      int64_t column = std::find(to, to + columnCount, int8_t(2)) - to;
      return Error{view.where() + ": has the packed code 3 for weight [" + std::to_string(row) + ", " +
                   std::to_string(column) + "]; only 0, 1 and 2 are weights"};
    }
  }
  return {};
}

} // namespace tern
