//===- master.cpp - Weights of training, made ternary when they are read --------===//
//
// Float [rows, columns]. With m the format's figure of their magnitudes (lib/weights/float_rows.h) and s = 1 / m, a
// weight w becomes clamp(round-half-even(w * s), -1, 1), and the product of these is divided by s, or multiplied by
// 1 / s (transformers' WeightQuant), each rounded to float32.
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/storages.h"

#include <algorithm>
#include <cmath>

namespace tern {
namespace {

class Master : public StoredWeights {
public:
  Master(TensorView tensor, const WeightScale &scale) : floats(std::move(tensor)), scale(scale) {}

  Result<std::vector<float>> scales() override {
    if (Status status = measure(); !status)
      return status.error();
    return std::vector<float>{scale.use == ScaleUse::Divide ? inverse : 1.0f / inverse};
  }

  Status readRows(int64_t first, int64_t count, std::span<int8_t> out) override {
    if (Status status = measure(); !status)
      return status;
    Result<std::span<const float>> values = floats.read(first, count);
    if (!values)
      return values.error();
    for (size_t i = 0; i < values->size(); ++i)
      out[i] = int8_t(std::clamp(std::nearbyint((*values)[i] * inverse), -1.0f, 1.0f));
    return {};
  }

private:
  /// Sets `inverse` the first time: it takes the whole matrix.
  Status measure() {
    if (inverse != 0)
      return {};
    Result<float> magnitude = magnitudeOf(floats, scale.by);
    if (!magnitude)
      return magnitude.error();
    inverse = 1.0f / *magnitude;
    return {};
  }

  FloatRows floats;
  WeightScale scale;
  float inverse = 0;
};

Status holds(const WeightFormat &format) {
  if (format.values != WeightValues::Trits)
    return Error{"it is made ternary"};
  if (!format.scale || format.scale->along.axis != WeightAxis::Tensor || format.scale->by == ScaleOrigin::Stored)
    return Error{"its one scale for the tensor is computed, by absmean, median or absmax"};
  return format.offset ? Status(Error{"it has no offsets"}) : Status();
}

bool recognises(const Quantization &quantization, const TensorInfo &) {
  return quantization.mode == QuantizationMode::Online;
}

Result<WeightDeclaration> declare(const Checkpoint &, const Quantization &quantization, const std::string &,
                                  const std::string &source, int64_t rows, int64_t columns) {
  WeightScale scale;
  scale.by = quantization.median ? ScaleOrigin::Median : ScaleOrigin::Absmean;
  scale.use = quantization.dividesMasters ? ScaleUse::Divide : ScaleUse::Multiply;
  return WeightDeclaration{std::string(kMaster.name), WeightFormat{.scale = scale}, source, "", rows, columns};
}

Result<std::unique_ptr<StoredWeights>> open(const Checkpoint &, const WeightDeclaration &declaration,
                                            TensorView values) {
  return std::unique_ptr<StoredWeights>(std::make_unique<Master>(std::move(values), *declaration.format.scale));
}

/// sqrt(3 / columns) (2u / 2^24 - 1): the outputs of a layer are as large as its inputs.
void make(const Counter &numbers, int64_t row, int64_t, int64_t columns, std::span<uint8_t> bytes) {
  float largest = std::sqrt(3.0f / float(columns));
  for (int64_t column = 0; column < columns; ++column)
    putBfloat16(largest * numbers.uniformAt(row * columns + column), column, bytes);
}

} // namespace

const Storage kMaster = {
    "master", /*isFloat=*/true, /*rowsInOne=*/1, /*hasScaleTensor=*/false, holds, recognises, declare, open, make};

} // namespace tern
