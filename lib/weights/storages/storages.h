//===- storages.h - What the files of storages share ---------------------------===//
#pragma once

#include "lib/weights/float_rows.h"
#include "lib/weights/storage.h"

namespace tern {

#define TERN_STORAGE(NAME) extern const Storage k##NAME;
#include "lib/weights/storages.def"
#undef TERN_STORAGE

/// Trits with one scale in a tensor of its own, M.weight_scale of module M: what transformers' BitLinear and
/// AutoBitLinear load (quantization_config.linear_class says whether it divides or multiplies).
Status holdsScaledTrits(const WeightFormat &format);
Result<WeightDeclaration> declareScaledTrits(std::string_view storage, const Checkpoint &checkpoint,
                                             const Quantization &quantization, const std::string &module,
                                             const std::string &source, int64_t rows, int64_t columns);

/// Writes `value`, rounded to bfloat16, as number `index`.
void putBfloat16(float value, int64_t index, std::span<uint8_t> bytes);

} // namespace tern
