//===- cache_rows.cpp - Rows into the cache's element type, and out of it ---===//
#include "compiler/dense/elementary.h"
#include "compiler/dense/kinds.h"
#include "compiler/dense/reduction.h"

using namespace Halide;

namespace tern {

Status buildCacheStore(PipelineBuilder &builder) {
  ImageParam x = builder.input(0, "x");
  int64_t depth = builder.extent(0, 1);
  Var d("d"), r("r");
  Func stored("stored");
  stored(d, r) = narrowToFloat16(x(d, r));
  builder.output(1, stored, {int(depth), Expr()});
  stored.vectorize(d, builder.lanesFor(depth), TailStrategy::ShiftInwards);
  return {};
}

/// Each row has its own scale, its largest magnitude over 127; a row of zeros has codes and scale 0.
Status buildCacheStoreCodes(PipelineBuilder &builder) {
  ImageParam x = builder.input(0, "x");
  int64_t depth = builder.extent(0, 1);
  int lanes = builder.lanesFor(depth);
  Var d("d"), r("r");
  Reduction largest("largest", int(depth), 0.0f, maxOf, [&](Expr i) { return abs(x(i, r)); }, lanes, 1, {r});
  Func codes("codes"), scale("scale");
  scale(r) = largest.result(r) * (1.0f / 127);
  codes(d, r) = cast<int8_t>(clamp(roundToNearestEven(x(d, r) * (1.0f / max(scale(r), 1e-30f))), -127, 127));
  builder.output(1, codes, {int(depth), Expr()});
  builder.output(2, scale, {Expr()});
  scale.compute_root();
  largest.computeAt({scale, r});
  codes.vectorize(d, lanes, TailStrategy::ShiftInwards);
  return {};
}

Status buildCacheLoad(PipelineBuilder &builder) {
  ImageParam stored = builder.input(0, "stored");
  bool coded = builder.kernel.operands[0].element == DenseElement::I8;
  int64_t depth = builder.extent(0, 1);
  Var d("d"), r("r");
  Func x("x");
  if (coded) {
    ImageParam scale = builder.input(2, "scale");
    x(d, r) = cast<float>(stored(d, r)) * scale(r);
  } else {
    x(d, r) = widenFloat16(stored(d, r));
  }
  builder.output(1, x, {int(depth), Expr()});
  x.vectorize(d, builder.lanesFor(depth), TailStrategy::ShiftInwards);
  return {};
}

} // namespace tern
