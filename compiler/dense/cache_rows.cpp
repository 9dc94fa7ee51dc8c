//===- cache_rows.cpp - Rows into the strips of the cache -------------------===//
#include "compiler/dense/elementary.h"
#include "compiler/dense/kinds.h"
#include "compiler/dense/reduction.h"

using namespace Halide;

namespace tern {

/// Rows become columns of a strip of keys, or are cut into strips of values. As codes each row has its own scale, its
/// largest magnitude over 127; a row of zeros has codes and scale 0. Codes lie in pairs of columns of keys, and of
/// positions of values, of which a kernel stores one.
Status buildCacheStore(PipelineBuilder &builder) {
  const DenseOperand &target = builder.kernel.operands[1];
  bool coded = target.element == DenseElement::I8, keys = target.shape.size() == (coded ? 3 : 2);
  int depth = int(builder.extent(0, 1)), strip = keys ? depth : int(target.shape[2]);
  if (coded && keys && (target.shape[0] * 2 != depth || target.shape[2] != 2))
    return denseError(builder.kernel, "columns of keys must be " + std::to_string(depth) + " in pairs");
  if (coded && !keys && target.shape[3] != 1)
    return denseError(builder.kernel, "stores one position of each pair of values");
  if (!keys && target.shape[0] * strip != depth)
    return denseError(builder.kernel, "strips of values must be " + std::to_string(depth) + " columns");
  ImageParam x = builder.input(0, "x");
  int lanes = builder.lanesFor(strip);
  Var d("d"), r("r"), i("i"), p("p"), one("one");
  Func row("row"), stored("stored"), scale("scale");
  Reduction largest("largest", depth, 0.0f, maxOf, [&](Expr n) { return abs(x(n, r)); }, builder.lanesFor(depth), 1,
                    {r});
  if (coded) {
    scale(r) = largest.result(r) * (1.0f / 127);
    row(d, r) = cast<int8_t>(clamp(roundToNearestEven(x(d, r) * (1.0f / max(scale(r), 1e-30f))), -127, 127));
  } else {
    row(d, r) = target.element == DenseElement::F16 ? narrowToFloat16(x(d, r)) : x(d, r);
  }
  if (keys) {
    if (coded) {
      stored(i, r, d) = row(2 * d + i, r);
      builder.output(1, stored, {2, Expr(), depth / 2});
      stored.unroll(i).reorder(i, d, r);
    } else {
      stored(r, d) = row(d, r);
      builder.output(1, stored, {Expr(), depth});
      stored.reorder(d, r);
    }
    if (target.element != DenseElement::F32)
      row.compute_at(stored, r).vectorize(d, lanes, TailStrategy::ShiftInwards);
  } else if (coded) {
    stored(one, i, r, p) = row(p * strip + i, r);
    builder.output(1, stored, {1, strip, Expr(), depth / strip});
    stored.vectorize(i, lanes, TailStrategy::ShiftInwards);
  } else {
    stored(i, r, p) = row(p * strip + i, r);
    builder.output(1, stored, {strip, Expr(), depth / strip});
    stored.vectorize(i, lanes, TailStrategy::ShiftInwards);
  }
  if (coded) {
    builder.output(2, scale, {Expr()});
    scale.compute_root();
    largest.computeAt({scale, r});
  }
  return {};
}

} // namespace tern
