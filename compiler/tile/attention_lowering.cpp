//===- attention_lowering.cpp - Cache and attention as steps ---------------===//
#include "compiler/tile/attention_lowering.h"

#include "compiler/tile/step_graph.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tern {

using decoder::CacheType;

namespace {

constexpr int64_t kPage = CacheType::kPagePositions, kPanel = CacheType::kPanel;

/// Where the parts of attention's workspace begin, in bytes: for a tile of `tokens` with `group` query heads each.
struct Workspace {
  int64_t scores, weights, parts, largest, total, bytes;

  Workspace(CacheType type, int64_t tokens, int64_t group, int64_t pages, bool oneToken) {
    int64_t next = 0;
    auto take = [&](int64_t floats) {
      int64_t begin = next;
      next += llvm::alignTo(floats * int64_t(sizeof(float)), 64);
      return begin;
    };
    scores = take(tokens * group * kPage);
    weights = take(tokens * group * kPage);
    int64_t rows = oneToken ? 0 : pages * tokens * group;
    parts = take(rows * type.getHeadDim());
    largest = take(rows);
    total = take(rows);
    bytes = next;
  }
};

int64_t groupOf(Value query, CacheType type) {
  return cast<RankedTensorType>(query.getType()).getDimSize(1) / (type.getHeads() * type.getHeadDim());
}
int64_t pagesOf(int64_t context) { return llvm::divideCeil(context, kPage); }

} // namespace

int64_t attentionWorkspaceBytes(Operation *op, int64_t maxContext) {
  if (auto pages = dyn_cast<decoder::AttentionPagesOp>(op)) {
    CacheType type = pages.getKeys().getType();
    return Workspace(type, 1, groupOf(pages.getQuery(), type), 0, true).bytes;
  }
  if (auto attention = dyn_cast<decoder::AttentionOp>(op)) {
    CacheType type = attention.getKeys().getType();
    return Workspace(type, partitionOf(op).getGranule(), groupOf(attention.getQuery(), type), pagesOf(maxContext),
                     false)
        .bytes;
  }
  return 0;
}

//===-- Numbers ---------------------------------------------------------------===//

Value AttentionLowering::add(Value lhs, Value rhs) { return b.createOrFold<arith::AddIOp>(s.loc, lhs, rhs); }
Value AttentionLowering::sub(Value lhs, Value rhs) { return b.createOrFold<arith::SubIOp>(s.loc, lhs, rhs); }
Value AttentionLowering::mul(Value lhs, int64_t rhs) { return b.createOrFold<arith::MulIOp>(s.loc, lhs, index(rhs)); }
Value AttentionLowering::div(Value lhs, int64_t rhs) { return b.createOrFold<arith::DivUIOp>(s.loc, lhs, index(rhs)); }
Value AttentionLowering::ceilDiv(Value lhs, int64_t rhs) {
  return b.createOrFold<arith::CeilDivUIOp>(s.loc, lhs, index(rhs));
}
Value AttentionLowering::rem(Value lhs, int64_t rhs) { return b.createOrFold<arith::RemUIOp>(s.loc, lhs, index(rhs)); }
Value AttentionLowering::min(Value lhs, Value rhs) { return b.createOrFold<arith::MinUIOp>(s.loc, lhs, rhs); }
Value AttentionLowering::max(Value lhs, Value rhs) { return b.createOrFold<arith::MaxUIOp>(s.loc, lhs, rhs); }

void AttentionLowering::forEach(Value begin, Value end, function_ref<void(Value)> body, Value step) {
  auto loop = scf::ForOp::create(b, s.loc, begin, end, step ? step : index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

//===-- Places ----------------------------------------------------------------===//

Value AttentionLowering::pageStart(decoder::CacheOp declaration, Value page) {
  int64_t before = 0, all = 0;
  for (auto other : declaration->getParentOfType<ModuleOp>().getOps<decoder::CacheOp>()) {
    if (other == declaration)
      before = all;
    all += cast<CacheType>(other.getType()).getPositionBytes();
  }
  return add(mul(page, all * kPage), index(before * kPage));
}

AttentionLowering::Page AttentionLowering::page(decoder::CacheOp declaration, Value page, Value head) {
  auto type = cast<CacheType>(declaration.getType());
  Value start = pageStart(declaration, page), bytes = s.cache();
  Value at = add(start, mul(head, type.getElementBytes() / type.getHeads()));
  auto panels = MemRefType::get(type.getHeadShape(), type.getElement());
  Page result{memref::ViewOp::create(b, s.loc, panels, bytes, at, ValueRange()), {}};
  if (type.getElement().isInteger(8)) {
    Value scalesAt = add(add(start, index(type.getElementBytes())), mul(head, kPage * int64_t(sizeof(float))));
    auto scales = MemRefType::get({kPage}, b.getF32Type());
    result.scales = memref::ViewOp::create(b, s.loc, scales, bytes, scalesAt, ValueRange());
  }
  return result;
}

Value AttentionLowering::item(Value tensor, Value first, Share rows, Share columns) {
  auto one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets = {first, rows.begin, columns.begin}, sizes = {one, rows.size, columns.size},
                            strides(3, one);
  // Spelled out: with rows or columns of 1, inferring the reduced type may drop one of those instead.
  MemRefType whole = memref::SubViewOp::inferResultType(cast<MemRefType>(tensor.getType()), offsets, sizes, strides);
  auto layout = cast<StridedLayoutAttr>(whole.getLayout());
  auto type =
      MemRefType::get(whole.getShape().drop_front(), whole.getElementType(),
                      StridedLayoutAttr::get(b.getContext(), layout.getOffset(), layout.getStrides().drop_front()));
  return memref::SubViewOp::create(b, s.loc, type, tensor, offsets, sizes, strides);
}

//===-- Operators -------------------------------------------------------------===//

void AttentionLowering::callCached(StringRef kind, CacheType type, ArrayRef<NamedAttribute> parameters,
                                   ValueRange operands, ValueRange scales) {
  Type element = type.getElement();
  SmallVector<Value> all(operands);
  if (element.isInteger(8))
    llvm::append_range(all, scales);
  s.callDense((kind + (element.isF32() ? "" : element.isF16() ? "_f16" : "_i8")).str(), parameters, all);
}

void AttentionLowering::append(decoder::CacheAppendOp op, OpFoldResult first, Value begin, OpFoldResult count) {
  auto declaration = s.symbols.lookup<decoder::CacheOp>(op.getCache());
  auto type = cast<CacheType>(declaration.getType());
  int64_t headDim = type.getHeadDim();
  bool keys = type.getRole() == decoder::CacheRole::Keys;
  auto [panels, rows, width] = type.getHeadShape();
  Share mine = s.share(partitionOf(op), b.getIndexAttr(type.getHeads() * headDim));
  Value firstHead = div(s.value(mine.begin), headDim), lastHead = add(firstHead, div(s.value(mine.size), headDim));
  Value input = s.buffer(op.getInput()), inPage = rem(begin, kPage), pageIndex = div(begin, kPage);
  auto zero = b.getIndexAttr(0), one = b.getIndexAttr(1), depth = b.getIndexAttr(headDim);
  forEach(firstHead, lastHead, [&, panels = panels, width = width](Value head) {
    Page target = page(declaration, pageIndex, head);
    Value from = s.slice(input, {first, count}, {mul(head, headDim), depth}), to;
    if (keys) {
      to = item(target.panels, div(inPage, kPanel), {zero, depth}, {rem(inPage, kPanel), count});
    } else {
      SmallVector<OpFoldResult> offsets = {zero, inPage, zero},
                                sizes = {b.getIndexAttr(panels), count, b.getIndexAttr(width)}, strides(3, one);
      to = memref::SubViewOp::create(b, s.loc, target.panels, offsets, sizes, strides);
    }
    callCached(keys ? "cache_store_keys" : "cache_store_values", type, {}, {from, to},
               target.scales ? s.slice(target.scales, {inPage, count}) : Value());
  });
}

LogicalResult AttentionLowering::lower(decoder::CacheAppendOp op) {
  Value position = s.stepValue(decoder::StepValue::Position);
  OpFoldResult tokens = s.tokensOf(op.getInput());
  if (getConstantIntValue(tokens) == 1) {
    append(op, b.getIndexAttr(0), position, tokens);
    return success();
  }
  Value end = add(position, s.value(tokens));
  forEach(div(position, kPanel), ceilDiv(end, kPanel), [&](Value panel) {
    Value start = mul(panel, kPanel), begin = max(position, start), stop = min(end, add(start, index(kPanel)));
    append(op, sub(begin, position), begin, sub(stop, begin));
  });
  return success();
}

FailureOr<AttentionLowering::Heads> AttentionLowering::headsOf(Operation *op, Value query, Value keys, Value values) {
  auto keyWriter = keys.getDefiningOp<decoder::CacheAppendOp>(),
       valueWriter = values.getDefiningOp<decoder::CacheAppendOp>();
  if (!keyWriter || !valueWriter)
    return op->emitOpError("needs keys and values from decoder.cache_append");
  auto type = cast<CacheType>(keys.getType());
  int64_t group = groupOf(query, type);
  return Heads{s.symbols.lookup<decoder::CacheOp>(keyWriter.getCache()),
               s.symbols.lookup<decoder::CacheOp>(valueWriter.getCache()), type, group, group * type.getHeadDim()};
}

LogicalResult AttentionLowering::lower(decoder::AttentionPagesOp op) {
  FailureOr<Heads> heads = headsOf(op, op.getQuery(), op.getKeys(), op.getValues());
  if (failed(heads))
    return failure();
  auto [keys, values, type, group, width] = *heads;
  Workspace room(type, 1, group, 0, true);
  Value position = s.stepValue(decoder::StepValue::Position);
  Value units = mul(ceilDiv(add(position, index(1)), kPage), type.getHeads());
  Value scores = s.workspace({1, group, kPage}, b.getF32Type(), room.scores);
  Value weights = s.workspace({1, group, kPage}, b.getF32Type(), room.weights);
  Value query = s.buffer(op.getQuery()), parts = s.buffer(op.getParts()), largest = s.buffer(op.getLargest()),
        total = s.buffer(op.getTotal());
  Share mine = s.share(partitionOf(op), units);
  Value begin = s.value(mine.begin);
  // A page's heads are neighbours in memory.
  forEach(begin, add(begin, s.value(mine.size)), [&](Value unit) {
    Value pageIndex = div(unit, type.getHeads()), head = rem(unit, type.getHeads());
    Value last = sub(position, mul(pageIndex, kPage)); // at or behind the page's end for all pages but one
    auto one = b.getIndexAttr(1), zero = b.getIndexAttr(0);
    Share row{zero, one}, columns{mul(head, width), b.getIndexAttr(width)},
        grouped{mul(head, group), b.getIndexAttr(group)};
    Page k = page(keys, pageIndex, head), v = page(values, pageIndex, head);
    callCached("attention", type, b.getNamedAttr("scale", op.getScaleAttr()),
               {s.slice(query, row, columns), k.panels, v.panels, last, scores, weights,
                item(parts, pageIndex, row, columns), item(largest, pageIndex, row, grouped),
                item(total, pageIndex, row, grouped)},
               {k.scales, v.scales});
  });
  return success();
}

LogicalResult AttentionLowering::lower(decoder::AttentionCombineOp op) {
  Value pages = ceilDiv(add(s.stepValue(decoder::StepValue::Position), index(1)), kPage);
  auto written = [&](Value tensor) -> Value {
    Value all = s.buffer(tensor);
    auto type = cast<MemRefType>(all.getType());
    SmallVector<OpFoldResult> offsets(3, b.getIndexAttr(0)), strides(3, b.getIndexAttr(1));
    SmallVector<OpFoldResult> sizes = {pages, b.getIndexAttr(type.getDimSize(1)), b.getIndexAttr(type.getDimSize(2))};
    return memref::SubViewOp::create(b, s.loc, all, offsets, sizes, strides);
  };
  s.callDense("attention_combine", {},
              {written(op.getParts()), written(op.getLargest()), written(op.getTotal()), s.buffer(op.getResult())});
  return success();
}

LogicalResult AttentionLowering::lower(decoder::AttentionOp op) {
  FailureOr<Heads> heads = headsOf(op, op.getQuery(), op.getKeys(), op.getValues());
  if (failed(heads))
    return failure();
  auto [keys, values, type, group, width] = *heads;
  int64_t tile = partitionOf(op).getGranule(), mostPages = pagesOf(maxContext);
  Workspace room(type, tile, group, mostPages, false);
  Type f32 = b.getF32Type();
  Value scores = s.workspace({tile, group, kPage}, f32, room.scores),
        weights = s.workspace({tile, group, kPage}, f32, room.weights);
  Value parts = s.workspace({mostPages, tile, width}, f32, room.parts),
        largest = s.workspace({mostPages, tile, group}, f32, room.largest),
        total = s.workspace({mostPages, tile, group}, f32, room.total);
  Value query = s.buffer(op.getQuery()), result = s.buffer(op.getResult()),
        position = s.stepValue(decoder::StepValue::Position);
  Value tokens = s.value(s.tokensOf(op.getQuery()));
  auto one = b.getIndexAttr(1), zero = b.getIndexAttr(0);
  auto attend = [&](Value unit) {
    Value first = mul(div(unit, type.getHeads()), tile), head = rem(unit, type.getHeads());
    Value count = min(index(tile), sub(tokens, first)), firstSeen = add(position, first);
    Value pages = ceilDiv(add(firstSeen, count), kPage);
    Share rows{zero, count}, all{zero, b.getIndexAttr(width)}, grouped{zero, b.getIndexAttr(group)};
    Share columns{mul(head, width), b.getIndexAttr(width)};
    Value q = s.slice(query, {first, count}, columns);
    forEach(index(0), pages, [&](Value pageIndex) {
      auto scratch = [&](Value whole) -> Value {
        SmallVector<OpFoldResult> offsets(3, zero), sizes = {count, b.getIndexAttr(group), b.getIndexAttr(kPage)},
                                                    strides(3, one);
        return memref::SubViewOp::create(b, s.loc, whole, offsets, sizes, strides);
      };
      Page k = page(keys, pageIndex, head), v = page(values, pageIndex, head);
      callCached("attention", type, b.getNamedAttr("scale", op.getScaleAttr()),
                 {q, k.panels, v.panels, sub(firstSeen, mul(pageIndex, kPage)), scratch(scores), scratch(weights),
                  item(parts, pageIndex, rows, all), item(largest, pageIndex, rows, grouped),
                  item(total, pageIndex, rows, grouped)},
                 {k.scales, v.scales});
    });
    auto written = [&](Value whole, int64_t size) -> Value {
      SmallVector<OpFoldResult> offsets(3, zero), sizes = {pages, count, b.getIndexAttr(size)}, strides(3, one);
      return memref::SubViewOp::create(b, s.loc, whole, offsets, sizes, strides);
    };
    s.callDense("attention_combine", {},
                {written(parts, width), written(largest, group), written(total, group),
                 s.slice(result, {first, count}, columns)});
  };
  // Later tokens see more positions, so threads take tiles in turn.
  forEach(s.thread, mul(ceilDiv(tokens, tile), type.getHeads()), attend, s.threads);
  return success();
}

} // namespace tern
