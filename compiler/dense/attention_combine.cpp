//===- attention_combine.cpp - Pages of attention into one result ----------===//
#include "compiler/dense/elementary.h"
#include "compiler/dense/kinds.h"
#include "compiler/dense/reduction.h"

using namespace Halide;

namespace tern {

/// A page counts by its total, brought to the largest score of all pages. One page alone has the factor 1 exactly.
Status buildAttentionCombine(PipelineBuilder &builder) {
  int64_t width = builder.extent(0, 2), group = builder.extent(1, 2), depth = width / group;
  if (width % group != 0)
    return denseError(builder.kernel, "the columns of parts must be a multiple of " + std::to_string(group) + " heads");
  OperandView heads{.row = false, .split = {int(depth)}};
  ImageParam parts = builder.input(0, "parts", heads), largest = builder.input(1, "largest"),
             total = builder.input(2, "total");
  bool oneToken = builder.extent(3, 0) == 1;
  Expr pages = parts.dim(3).extent(), tokens = oneToken ? Expr(1) : Expr();
  Var d("d"), g("g"), t("t"), n("n");
  Func top("top"), share("share"), whole("whole"), y("y");
  RDom page(0, pages, "page");
  top(g, t) = -3.0e38f;
  top(g, t) = max(top(g, t), largest(g, t, page));
  share(n, g, t) = total(g, t, n) * exponential(largest(g, t, n) - top(g, t));
  whole(g, t) = 0.0f;
  whole(g, t) += share(page, g, t);
  y(d, g, t) = 0.0f;
  y(d, g, t) += share(page, g, t) / whole(g, t) * parts(d, g, t, page);

  builder.output(3, y, {int(depth), int(group), tokens}, heads);
  int vector = builder.lanesFor(depth);
  y.vectorize(d, vector, TailStrategy::ShiftInwards);
  y.update(0).reorder(d, page, g, t).vectorize(d, vector, TailStrategy::GuardWithIf);
  top.compute_at(y, g);
  whole.compute_at(y, g);
  return {};
}

} // namespace tern
