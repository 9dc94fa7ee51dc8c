//===- scaled_trits.cpp - Trits with one scale in a tensor of its own ----------===//
#include "lib/weights/storages/storages.h"

#include "lib/base/bfloat16.h"

namespace tern {

ScaleUse storedScaleUse(const Quantization &quantization) {
  return quantization.linearClass == LinearClass::AutoBitLinear ? ScaleUse::Multiply : ScaleUse::Divide;
}

Status holdsScaledTrits(const WeightFormat &format) {
  if (format.values != WeightValues::Trits)
    return Error{"its values are trits"};
  if (!format.scale || format.scale->along.axis != WeightAxis::Tensor || format.scale->by != ScaleOrigin::Stored)
    return Error{"it has one stored scale for the tensor"};
  return format.offset ? Status(Error{"it has no offsets"}) : Status();
}

Result<WeightDeclaration> declareScaledTrits(std::string_view storage, const Checkpoint &checkpoint,
                                             const Quantization &quantization, const std::string &module,
                                             const std::string &source, int64_t rows, int64_t columns) {
  std::string scales = module + std::string(kScaleSuffix);
  Result<TensorView> view = checkpoint.find(scales);
  if (!view)
    return view.error();
  if (view->info->elements() != 1)
    return Error{view->where() + ": has " + std::to_string(view->info->elements()) +
                 " numbers, but one scale for the matrix is supported"};
  if (!isFloat(view->info->dtype))
    return Error{view->where() + ": has dtype " + std::string(dtypeName(view->info->dtype)) +
                 ", but a float type is needed"};
  WeightScale scale;
  scale.use = storedScaleUse(quantization);
  return WeightDeclaration{std::string(storage), WeightFormat{.scale = scale}, source, scales, rows, columns};
}

void putBfloat16(float value, int64_t index, std::span<uint8_t> bytes) {
  uint16_t half = floatToBfloat16(value);
  bytes[size_t(2 * index)] = uint8_t(half);
  bytes[size_t(2 * index + 1)] = uint8_t(half >> 8);
}

} // namespace tern
