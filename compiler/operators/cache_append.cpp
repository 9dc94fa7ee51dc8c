//===- cache_append.cpp - Keys and values into the cache --------------------===//
#include "compiler/dense/elementary.h"
#include "compiler/dense/reduction.h"
#include "compiler/operators/operator_set.h"
#include "compiler/steps/lowering/cache_access.h"

using namespace mlir;

namespace tern {
namespace {

using decoder::CacheType;
constexpr int64_t kPage = CacheType::kPagePositions, kStrip = CacheType::kStrip;

/// Stores the thread's heads of the rows of the input from `first` on, `count` of them that stand in one strip from
/// position `begin` on of a sequence with these pages; one where values lie in pairs.
void append(decoder::CacheAppendOp op, decoder::CacheOp declaration, Value pages, OpFoldResult first, Value begin,
            OpFoldResult count, OperatorBuilder &s) {
  CacheAccess c(s);
  OpBuilder &b = s.b;
  auto type = cast<CacheType>(declaration.getType());
  int64_t headDim = type.getHeadDim();
  bool keys = type.getRole() == decoder::CacheRole::Keys;
  Share mine = s.columnShare(type.getHeads() * headDim);
  Value firstHead = c.div(s.value(mine.begin), headDim),
        lastHead = c.add(firstHead, c.div(s.value(mine.size), headDim));
  Value input = s.buffer(op.getInput()), inPage = c.rem(begin, kPage), pageIndex = c.div(begin, kPage);
  auto zero = b.getIndexAttr(0), one = b.getIndexAttr(1), depth = b.getIndexAttr(headDim);
  std::array headShape = type.getHeadShape();
  SmallVector<int64_t> shape(headShape.begin(), headShape.end());
  if (type.isCoded()) { // the two of a pair by themselves
    shape.back() /= 2;
    shape.push_back(2);
  }
  c.forEach(firstHead, lastHead, [&](Value head) {
    CacheAccess::Page target = c.page(declaration, pages, pageIndex, head, shape);
    Value from = s.slice(input, {first, count}, {c.mul(head, headDim), depth}), to;
    SmallVector<Share> shares;
    for (int64_t size : shape)
      shares.push_back({zero, b.getIndexAttr(size)});
    if (keys) {
      shares[0] = {c.div(inPage, kStrip), one};
      shares[2] = {c.rem(inPage, kStrip), count};
      to = c.item(target.strips, shares);
    } else {
      shares[1] = {type.isCoded() ? c.div(inPage, 2) : inPage, count};
      if (type.isCoded())
        shares[3] = {c.rem(inPage, 2), one};
      to = c.part(target.strips, shares);
    }
    c.callCached(keys ? "cache_store_keys" : "cache_store_values", type, {}, {from, to},
                 target.scales ? s.slice(target.scales, {inPage, count}) : Value());
  });
}

struct CacheAppendLowering : LoweringOf<CacheAppendLowering, decoder::CacheAppendOp> {
  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::CacheAppendOp>(operation);
    CacheAccess c(s);
    OpBuilder &b = s.b;
    auto cache = s.declaration<decoder::CacheOp>("cache");
    if (failed(s.requireAllRows(op, op.getInput())))
      return failure();
    auto type = cast<CacheType>(cache.getType());
    s.forEachRun([&](const OperatorBuilder::Run &run) {
      Value position = run.position;
      if (getConstantIntValue(run.rows) == 1)
        return append(op, cache, run.pages, run.first, position, run.rows, s);
      Value first = s.value(run.first), rows = s.value(run.rows);
      if (type.isCoded() && type.getRole() == decoder::CacheRole::Values) // pairs of positions are stored one by one
        return c.forEach(c.index(0), rows, [&](Value row) {
          append(op, cache, run.pages, c.add(first, row), c.add(position, row), b.getIndexAttr(1), s);
        });
      Value end = c.add(position, rows);
      c.forEach(c.div(position, kStrip), c.ceilDiv(end, kStrip), [&](Value strip) {
        Value start = c.mul(strip, kStrip), begin = c.max(position, start),
              stop = c.min(end, c.add(start, c.index(kStrip)));
        append(op, cache, run.pages, c.add(first, c.sub(begin, position)), begin, c.sub(stop, begin), s);
      });
    });
    return success();
  }
};

/// Rows become columns of a strip of keys, or are cut into strips of values. As codes each row has its own scale, its
/// largest magnitude over 127; a row of zeros has codes and scale 0. Codes lie in pairs of columns of keys, and of
/// positions of values, of which a kernel stores one.
Status build(PipelineBuilder &builder) {
  const DenseOperand &target = builder.kernel.operands[1];
  bool coded = target.element == DenseElement::I8, keys = target.shape.size() == (coded ? 3 : 2);
  int depth = int(builder.extent(0, 1)), strip = keys ? depth : int(target.shape[2]);
  if (coded && keys && (target.shape[0] * 2 != depth || target.shape[2] != 2))
    return denseError(builder.kernel, "columns of keys must be " + std::to_string(depth) + " in pairs");
  if (coded && !keys && target.shape[3] != 1)
    return denseError(builder.kernel, "stores one position of each pair of values");
  if (!keys && target.shape[0] * strip != depth)
    return denseError(builder.kernel, "strips of values must be " + std::to_string(depth) + " columns");
  Halide::ImageParam x = builder.input(0, "x");
  int lanes = builder.lanesFor(strip);
  Halide::Var d("d"), r("r"), i("i"), p("p"), one("one");
  Halide::Func row("row"), stored("stored"), scale("scale");
  Reduction largest("largest", depth, 0.0f, maxOf, [&](Halide::Expr n) { return Halide::abs(x(n, r)); },
                    builder.lanesFor(depth), 1, {r});
  if (coded) {
    scale(r) = largest.result(r) * (1.0f / 127);
    row(d, r) = Halide::cast<int8_t>(
        Halide::clamp(roundToNearestEven(x(d, r) * (1.0f / Halide::max(scale(r), 1e-30f))), -127, 127));
  } else {
    row(d, r) = target.element == DenseElement::F16 ? narrowToFloat16(x(d, r)) : x(d, r);
  }
  if (keys) {
    if (coded) {
      stored(i, r, d) = row(2 * d + i, r);
      builder.output(1, stored, {2, Halide::Expr(), depth / 2});
      stored.unroll(i).reorder(i, d, r);
    } else {
      stored(r, d) = row(d, r);
      builder.output(1, stored, {Halide::Expr(), depth});
      stored.reorder(d, r);
    }
    if (target.element != DenseElement::F32)
      row.compute_at(stored, r).vectorize(d, lanes, Halide::TailStrategy::ShiftInwards);
  } else if (coded) {
    stored(one, i, r, p) = row(p * strip + i, r);
    builder.output(1, stored, {1, strip, Halide::Expr(), depth / strip});
    stored.vectorize(i, lanes, Halide::TailStrategy::ShiftInwards);
  } else {
    stored(i, r, p) = row(p * strip + i, r);
    builder.output(1, stored, {strip, Halide::Expr(), depth / strip});
    stored.vectorize(i, lanes, Halide::TailStrategy::ShiftInwards);
  }
  if (coded) {
    builder.output(2, scale, {Halide::Expr()});
    scale.compute_root();
    largest.computeAt({scale, r});
  }
  return {};
}

/// Rows into a strip of keys or the strips of values; int8 codes come with a scale for each row.
DenseKind kind(const char *name, DenseElement element, std::vector<const char *> dimensions) {
  constexpr auto f32 = DenseElement::F32;
  DenseKind kind{name, {{"x", f32, {"R", "hd"}}, {"stored", element, std::move(dimensions)}}, build};
  if (element == DenseElement::I8)
    kind.operands.push_back({"scale", f32, {"R"}});
  return kind;
}

} // namespace

namespace operators {

void cache_append(OperatorSet &set) {
  set.lower<decoder::CacheAppendOp, CacheAppendLowering>();
  set.kinds.push_back(kind("cache_store_keys", DenseElement::F32, {"hd", "R"}));
  set.kinds.push_back(kind("cache_store_keys_f16", DenseElement::F16, {"hd", "R"}));
  set.kinds.push_back(kind("cache_store_keys_i8", DenseElement::I8, {"pairs", "R", "two"}));
  set.kinds.push_back(kind("cache_store_values", DenseElement::F32, {"vp", "R", "vw"}));
  set.kinds.push_back(kind("cache_store_values_f16", DenseElement::F16, {"vp", "R", "vw"}));
  set.kinds.push_back(kind("cache_store_values_i8", DenseElement::I8, {"vp", "R", "vw", "one"}));
}

} // namespace operators
} // namespace tern
