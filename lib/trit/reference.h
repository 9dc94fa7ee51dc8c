//===- reference.h - The scalar arithmetic that every kernel must equal ----===//
#pragma once

#include "lib/trit/activation_codes.h"

#include <cstdint>
#include <span>

namespace tern {

/// out[t][r] = sum over c of weights[r][c] * codes[t][c], exact in int32. All row-major.
void referenceMatmul(std::span<const int8_t> weights, std::span<const int8_t> codes, int64_t rows, int64_t columns,
                     int64_t tokens, std::span<int32_t> out);

/// One row of activation quantisation (activation_codes.h). Both roundings of the scale count: products of bf16
/// embeddings and norm weights often lie exactly between two codes, so that one rounding less turns whole logits (seen:
/// relative L2 1e-2). Returns the scale; `sum` receives the sum of the codes.
float referenceQuantize(std::span<const float> x, std::span<int8_t> codes, int32_t &sum,
                        const ActivationCodes &rule = {});

} // namespace tern
