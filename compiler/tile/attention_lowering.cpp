//===- attention_lowering.cpp - Cache and attention as steps ---------------===//
#include "compiler/tile/attention_lowering.h"

#include "compiler/tile/step_graph.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tern {

using decoder::CacheType;

namespace {

constexpr int64_t kPage = CacheType::kPagePositions;

/// Where the parts of attention's workspace begin, in bytes: for a tile of `tokens` with `group` query heads each.
struct Workspace {
  int64_t scores, weights, keys, values, parts, largest, total, bytes;

  Workspace(CacheType type, int64_t tokens, int64_t group, int64_t pages, bool oneToken) {
    int64_t next = 0;
    auto take = [&](int64_t floats) {
      int64_t begin = next;
      next += llvm::alignTo(floats * int64_t(sizeof(float)), 64);
      return begin;
    };
    bool widens = !oneToken && !type.getElement().isF32();
    scores = take(tokens * group * kPage);
    weights = take(tokens * group * kPage);
    keys = take(widens ? kPage * type.getHeadDim() : 0);
    values = take(widens ? kPage * type.getHeadDim() : 0);
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
  auto rows = MemRefType::get({kPage, type.getHeadDim()}, type.getElement());
  Page result{memref::ViewOp::create(b, s.loc, rows, bytes, at, ValueRange()), {}};
  if (type.getElement().isInteger(8)) {
    Value scalesAt = add(add(start, index(type.getElementBytes())), mul(head, kPage * int64_t(sizeof(float))));
    auto scales = MemRefType::get({kPage}, b.getF32Type());
    result.scales = memref::ViewOp::create(b, s.loc, scales, bytes, scalesAt, ValueRange());
  }
  return result;
}

AttentionLowering::Page AttentionLowering::visible(Page page, Value count) {
  Share rows{b.getIndexAttr(0), count};
  Share columns{b.getIndexAttr(0), b.getIndexAttr(cast<MemRefType>(page.rows.getType()).getDimSize(1))};
  return {s.slice(page.rows, rows, columns), page.scales ? s.slice(page.scales, rows) : Value()};
}

Value AttentionLowering::widened(Page page, CacheType type, Value count, int64_t offset) {
  if (type.getElement().isF32())
    return page.rows;
  Value room = s.workspace({kPage, type.getHeadDim()}, b.getF32Type(), offset);
  room = s.slice(room, {b.getIndexAttr(0), count}, {b.getIndexAttr(0), b.getIndexAttr(type.getHeadDim())});
  SmallVector<Value> operands = {page.rows, room};
  if (page.scales)
    operands.push_back(page.scales);
  s.callDense(page.scales ? "cache_load_i8" : "cache_load_f16", {}, operands);
  return room;
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

LogicalResult AttentionLowering::lower(decoder::CacheAppendOp op) {
  auto declaration = s.symbols.lookup<decoder::CacheOp>(op.getCache());
  auto type = cast<CacheType>(declaration.getType());
  int64_t headDim = type.getHeadDim();
  Share mine = s.share(partitionOf(op), b.getIndexAttr(type.getHeads() * headDim));
  Value firstHead = div(s.value(mine.begin), headDim), lastHead = add(firstHead, div(s.value(mine.size), headDim));
  Value position = s.stepValue(decoder::StepValue::Position), input = s.buffer(op.getInput());
  forEach(index(0), s.value(s.tokensOf(op.getInput())), [&](Value token) {
    Value at = add(position, token), inPage = rem(at, kPage), pageIndex = div(at, kPage);
    forEach(firstHead, lastHead, [&](Value head) {
      Page target = page(declaration, pageIndex, head);
      auto one = b.getIndexAttr(1);
      Share row{inPage, one}, all{b.getIndexAttr(0), b.getIndexAttr(headDim)};
      Value from = s.slice(input, {token, one}, {mul(head, headDim), all.size}), to = s.slice(target.rows, row, all);
      if (type.getElement().isF32())
        linalg::CopyOp::create(b, s.loc, from, to);
      else if (target.scales)
        s.callDense("cache_store_i8", {}, {from, to, s.slice(target.scales, row)});
      else
        s.callDense("cache_store_f16", {}, {from, to});
    });
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

void AttentionLowering::callAttention(Type element, NamedAttribute scale, ValueRange operands, Page keys, Page values) {
  SmallVector<Value> all(operands);
  if (element.isInteger(8))
    all.append({keys.scales, values.scales});
  s.callDense(element.isF32() ? "attention" : element.isF16() ? "attention_f16" : "attention_i8", {scale}, all);
}

LogicalResult AttentionLowering::lower(decoder::AttentionPagesOp op) {
  FailureOr<Heads> heads = headsOf(op, op.getQuery(), op.getKeys(), op.getValues());
  if (failed(heads))
    return failure();
  auto [keys, values, type, group, width] = *heads;
  Workspace room(type, 1, group, 0, true);
  Value seen = add(s.stepValue(decoder::StepValue::Position), index(1));
  Value units = mul(ceilDiv(seen, kPage), type.getHeads());
  Value scores = s.workspace({1, group, kPage}, b.getF32Type(), room.scores);
  Value weights = s.workspace({1, group, kPage}, b.getF32Type(), room.weights);
  Value query = s.buffer(op.getQuery()), parts = s.buffer(op.getParts()), largest = s.buffer(op.getLargest()),
        total = s.buffer(op.getTotal());
  Share mine = s.share(partitionOf(op), units);
  Value begin = s.value(mine.begin);
  // A page's heads are neighbours in memory.
  forEach(begin, add(begin, s.value(mine.size)), [&](Value unit) {
    Value pageIndex = div(unit, type.getHeads()), head = rem(unit, type.getHeads());
    Value count = min(index(kPage), sub(seen, mul(pageIndex, kPage)));
    auto one = b.getIndexAttr(1), zero = b.getIndexAttr(0);
    Share row{zero, one}, columns{mul(head, width), b.getIndexAttr(width)},
        grouped{mul(head, group), b.getIndexAttr(group)};
    auto scratch = [&](Value all) -> Value {
      SmallVector<OpFoldResult> offsets(3, zero), sizes = {one, b.getIndexAttr(group), count}, strides(3, one);
      return memref::SubViewOp::create(b, s.loc, all, offsets, sizes, strides);
    };
    Page k = visible(page(keys, pageIndex, head), count), v = visible(page(values, pageIndex, head), count);
    callAttention(type.getElement(), b.getNamedAttr("scale", op.getScaleAttr()),
                  {s.slice(query, row, columns), k.rows, v.rows, sub(count, index(1)), scratch(scores),
                   scratch(weights), item(parts, pageIndex, row, columns), item(largest, pageIndex, row, grouped),
                   item(total, pageIndex, row, grouped)},
                  k, v);
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
      Value before = mul(pageIndex, kPage), positions = min(index(kPage), sub(add(firstSeen, count), before));
      auto scratch = [&](Value whole) -> Value {
        SmallVector<OpFoldResult> offsets(3, zero), sizes = {count, b.getIndexAttr(group), positions}, strides(3, one);
        return memref::SubViewOp::create(b, s.loc, whole, offsets, sizes, strides);
      };
      Value k = widened(visible(page(keys, pageIndex, head), positions), type, positions, room.keys);
      Value v = widened(visible(page(values, pageIndex, head), positions), type, positions, room.values);
      callAttention(f32, b.getNamedAttr("scale", op.getScaleAttr()),
                    {q, k, v, sub(firstSeen, before), scratch(scores), scratch(weights),
                     item(parts, pageIndex, rows, all), item(largest, pageIndex, rows, grouped),
                     item(total, pageIndex, rows, grouped)},
                    {}, {});
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
