//===- torch_sum.h - A row's sum in torch's order --------------------------===//
//
// The mean in an RMS norm decides on exact ties of the codes after it (docs/numerics.md), so it is added in the order
// of torch's CPU kernel for a contiguous row: 4 chains of 8 lanes, flushed into a higher level every 16 additions
// (cascade summation), chains joined in order, then what did not fill a vector, then the lanes. The same on every
// target.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <Halide.h>

#include <functional>

namespace tern {

/// term(0) + ... + term(extent - 1) in that order of additions, as a scalar Func computed at root.
Halide::Func torchSum(int extent, const std::function<Halide::Expr(Halide::Expr)> &term);

} // namespace tern
