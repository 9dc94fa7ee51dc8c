//===- reference.h - The scalar arithmetic that every kernel must equal ----===//
#pragma once

#include "lib/trit/activation_codes.h"

#include <cstdint>
#include <span>

namespace tern {

/// out[t][r] = sum over c of weights[r][c] * codes[t][c], exact in int32. All row-major.
void referenceMatmul(std::span<const int8_t> weights, std::span<const int8_t> codes, int64_t rows, int64_t columns,
                     int64_t tokens, std::span<int32_t> out);

/// The same with a scale for each group of `columns / groups` columns of a row, scales row-major [rows][groups]: from 0
/// on, group after group, float(sum over the group) * scale is added in float32, product and sum rounded each.
void referenceGroupMatmul(std::span<const int8_t> weights, std::span<const float> scales, std::span<const int8_t> codes,
                          int64_t rows, int64_t columns, int64_t groups, int64_t tokens, std::span<float> out);

/// The codes of one row (activation_codes.h), whatever their bits, and their scale.
float referenceCodes(std::span<const float> x, std::span<int32_t> codes, const ActivationCodes &rule);

/// One row of activation quantisation (activation_codes.h). Both roundings of the scale count: products of bf16
/// embeddings and norm weights often lie exactly between two codes, so that one rounding less turns whole logits (seen:
/// relative L2 1e-2). Returns the scale; `sum` receives the sum of the codes, which are a byte each.
float referenceQuantize(std::span<const float> x, std::span<int8_t> codes, int32_t &sum,
                        const ActivationCodes &rule = {});

} // namespace tern
