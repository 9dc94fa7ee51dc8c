//===- rows.h - Norms and codes of rows ------------------------------------===//
//
// What the pipelines of norms and of quantisation share, so that the two fused give the same numbers as one after the
// other.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/dense/dense_kind.h"

#include <functional>

namespace tern {

/// Numbers of a row by index.
using Row = std::function<Halide::Expr(Halide::Expr)>;

/// x * rsqrt(mean(x^2) + eps) * w (Zhang and Sennrich 2019), in the order in which transformers adds and multiplies. x
/// is operand 0, one row of it at a time; reads the parameter eps.
Row normalised(PipelineBuilder &builder, const Halide::ImageParam &x, const Halide::ImageParam &w);

/// (x - mean) / sqrt(var + eps) with the biased variance (Ba et al. 2016), which is of the differences from the mean:
/// two passes, as the formula has it. Reads the parameter eps.
Row standardised(PipelineBuilder &builder, const Halide::ImageParam &x);

/// The kinds of kernel that end in quantizeRow, NAME with one sum for a row of codes and NAME_parts with one for each
/// plane and group of columns: their operands are `inputs`, then codes, scale and sum or sums.
void addCodesKinds(std::vector<DenseKind> &kinds, const std::string &name, const std::vector<OperandRule> &inputs,
                   Status (*build)(PipelineBuilder &builder));

/// ternary.quantize (lib/trit/activation_codes.h) of `extent` numbers by the rule that the kernel's parameters say:
/// operands from `codesOperand` on are codes, scale, sum or sums.
Status quantizeRow(PipelineBuilder &builder, int64_t extent, unsigned codesOperand, const Row &row);

} // namespace tern
