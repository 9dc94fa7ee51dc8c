//===- attention_combine.cpp - Pages of attention into one result ----------===//
#include "compiler/dense/elementary.h"
#include "compiler/dense/reduction.h"
#include "compiler/operators/operator_set.h"
#include "compiler/steps/lowering/cache_access.h"

using namespace mlir;

namespace tern {
namespace {

constexpr int64_t kPage = decoder::CacheType::kPagePositions;

struct AttentionCombineLowering : LoweringOf<AttentionCombineLowering, decoder::AttentionCombineOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::AttentionCombineOp>(operation);
    CacheAccess c(s);
    OpBuilder &b = s.b;
    Value pages = c.ceilDiv(c.add(s.onlyRun().position, c.index(1)), kPage);
    auto written = [&](Value tensor) -> Value {
      Value all = s.buffer(tensor);
      auto type = cast<MemRefType>(all.getType());
      auto zero = b.getIndexAttr(0);
      return c.part(
          all, {{zero, pages}, {zero, b.getIndexAttr(type.getDimSize(1))}, {zero, b.getIndexAttr(type.getDimSize(2))}});
    };
    s.callDense("attention_combine", {},
                {written(op.getParts()), written(op.getLargest()), written(op.getTotal()), s.buffer(op.getResult())});
    return success();
  }
};

/// A page counts by its total, brought to the largest score of all pages. One page alone has the factor 1 exactly.
Status build(PipelineBuilder &builder) {
  int64_t width = builder.extent(0, 2), group = builder.extent(1, 2), depth = width / group;
  if (width % group != 0)
    return denseError(builder.kernel, "the columns of parts must be a multiple of " + std::to_string(group) + " heads");
  OperandView heads{.row = false, .split = {int(depth)}};
  Halide::ImageParam parts = builder.input(0, "parts", heads), largest = builder.input(1, "largest"),
                     total = builder.input(2, "total");
  bool oneToken = builder.extent(3, 0) == 1;
  Halide::Expr pages = parts.dim(3).extent(), tokens = oneToken ? Halide::Expr(1) : Halide::Expr();
  Halide::Var d("d"), g("g"), t("t"), n("n");
  Halide::Func top("top"), share("share"), whole("whole"), y("y");
  Halide::RDom page(0, pages, "page");
  top(g, t) = -3.0e38f;
  top(g, t) = Halide::max(top(g, t), largest(g, t, page));
  share(n, g, t) = total(g, t, n) * exponential(largest(g, t, n) - top(g, t));
  whole(g, t) = 0.0f;
  whole(g, t) += share(page, g, t);
  y(d, g, t) = 0.0f;
  y(d, g, t) += share(page, g, t) / whole(g, t) * parts(d, g, t, page);

  builder.output(3, y, {int(depth), int(group), tokens}, heads);
  int vector = builder.lanesFor(depth);
  y.vectorize(d, vector, Halide::TailStrategy::ShiftInwards);
  y.update(0).reorder(d, page, g, t).vectorize(d, vector, Halide::TailStrategy::GuardWithIf);
  top.compute_at(y, g);
  whole.compute_at(y, g);
  return {};
}

} // namespace

namespace operators {

void attention_combine(OperatorSet &set) {
  constexpr auto f32 = DenseElement::F32;
  set.lower<decoder::AttentionCombineOp, AttentionCombineLowering>();
  set.kinds.push_back({"attention_combine",
                       {{"parts", f32, {"N", "T", "width"}},
                        {"largest", f32, {"N", "T", "group"}},
                        {"total", f32, {"N", "T", "group"}},
                        {"y", f32, {"T", "width"}}},
                       build});
}

} // namespace operators
} // namespace tern
