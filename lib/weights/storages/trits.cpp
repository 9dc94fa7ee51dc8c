//===- trits.cpp - Trits that are floats ----------------------------------------===//
//
// Float [rows, columns], each -1, 0 or 1, beside a tensor of as many scales as the format has. With one scale it is a
// packed AutoBitLinear as transformers holds it once it is loaded.
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/storages.h"

#include <cmath>

namespace tern {
namespace {

class FloatTrits : public StoredWeights {
public:
  FloatTrits(TensorView tensor, std::vector<float> scales, bool mayBeZero)
      : floats(std::move(tensor)), numbers(std::move(scales)), mayBeZero(mayBeZero) {}

  Result<std::vector<float>> scales() override { return numbers; }

  Status readRows(int64_t first, int64_t count, std::span<int8_t> out) override {
    Result<std::span<const float>> values = floats.read(first, count);
    if (!values)
      return values.error();
    for (size_t i = 0; i < values->size(); ++i) {
      float value = (*values)[i];
      if (std::fabs(value) != 1 && !(mayBeZero && value == 0))
        return Error{floats.placeOf(first + int64_t(i) / floats.columns(), int64_t(i) % floats.columns(), value) +
                     ", but floats with a weight_scale must be " + (mayBeZero ? "-1, 0 or 1" : "-1 or 1") +
                     "; if they are master weights, their quantization_mode is online"};
      out[i] = int8_t(value);
    }
    return {};
  }

private:
  FloatRows floats;
  std::vector<float> numbers;
  bool mayBeZero;
};

Status holds(const WeightFormat &format) {
  if (format.values == WeightValues::Ints)
    return Error{"its values are trits or signs"};
  if (!format.scale || format.scale->by != ScaleOrigin::Stored)
    return Error{"its scales are stored"};
  return format.offset ? Status(Error{"it has no offsets"}) : Status();
}

bool recognises(const Quantization &quantization, const TensorInfo &values) {
  return quantization.mode == QuantizationMode::Offline && isFloat(values.dtype);
}

Result<WeightDeclaration> declare(const Checkpoint &checkpoint, const Quantization &quantization,
                                  const std::string &module, const std::string &source, int64_t rows, int64_t columns) {
  return declareScaledTrits(kTrits.name, checkpoint, quantization, module, source, rows, columns);
}

Result<std::unique_ptr<StoredWeights>> open(const Checkpoint &checkpoint, const WeightDeclaration &declaration,
                                            TensorView values) {
  Result<std::vector<float>> scales = readScales(
      checkpoint, declaration.scales, declaration.format.scale->along.count(declaration.rows, declaration.columns));
  if (!scales)
    return scales.error();
  return std::unique_ptr<StoredWeights>(std::make_unique<FloatTrits>(std::move(values), std::move(*scales),
                                                                     declaration.format.values == WeightValues::Trits));
}

void make(const Counter &numbers, int64_t row, int64_t, int64_t columns, std::span<uint8_t> bytes) {
  for (int64_t column = 0; column < columns; ++column)
    putBfloat16(float(numbers.tritAt(row * columns + column)), column, bytes);
}

} // namespace

const Storage kTrits = {
    "trits", /*isFloat=*/true, /*rowsInOne=*/1, /*hasScaleTensor=*/true, holds, recognises, declare, open, make};

} // namespace tern
