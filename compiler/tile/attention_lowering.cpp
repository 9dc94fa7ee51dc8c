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

constexpr int64_t kPage = CacheType::kPagePositions, kStrip = CacheType::kStrip;

/// Where the parts of attention's workspace begin, in bytes: for a tile of `tokens` with `group` query heads each.
struct Workspace {
  int64_t scores, weights, parts, largest, total, bytes;
  int64_t queryCodes, queryStep, weightCodes, weightStep; ///< for codes

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
    int64_t coded = type.isCoded() ? tokens * group : 0;
    queryCodes = take(coded * type.getHeadDim() / 2); // of 16 bits
    queryStep = take(coded);
    weightCodes = take(coded * kPage / 2);
    weightStep = take(coded);
    bytes = next;
  }
};

/// Offsets, sizes and strides of shares of all dimensions.
struct Part {
  Part(OpBuilder &b, ArrayRef<Share> shares) : strides(shares.size(), b.getIndexAttr(1)) {
    for (const Share &share : shares) {
      offsets.push_back(share.begin);
      sizes.push_back(share.size);
    }
  }
  SmallVector<OpFoldResult> offsets, sizes, strides;
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

AttentionLowering::Page AttentionLowering::page(decoder::CacheOp declaration, Value page, Value head,
                                                ArrayRef<int64_t> shape) {
  auto type = cast<CacheType>(declaration.getType());
  Value start = pageStart(declaration, page), bytes = s.cache();
  Value at = add(start, mul(head, type.getElementBytes() / type.getHeads()));
  auto strips = MemRefType::get(shape, type.getElement());
  Page result{memref::ViewOp::create(b, s.loc, strips, bytes, at, ValueRange()), {}};
  if (type.isCoded()) {
    Value scalesAt = add(add(start, index(type.getElementBytes())), mul(head, kPage * int64_t(sizeof(float))));
    auto scales = MemRefType::get({kPage}, b.getF32Type());
    result.scales = memref::ViewOp::create(b, s.loc, scales, bytes, scalesAt, ValueRange());
  }
  return result;
}

Value AttentionLowering::part(Value tensor, ArrayRef<Share> shares) {
  Part part(b, shares);
  return memref::SubViewOp::create(b, s.loc, tensor, part.offsets, part.sizes, part.strides);
}

Value AttentionLowering::item(Value tensor, ArrayRef<Share> shares) {
  Part part(b, shares);
  // Spelled out: with rows or columns of 1, inferring the reduced type may drop one of those instead.
  MemRefType whole =
      memref::SubViewOp::inferResultType(cast<MemRefType>(tensor.getType()), part.offsets, part.sizes, part.strides);
  auto layout = cast<StridedLayoutAttr>(whole.getLayout());
  auto type =
      MemRefType::get(whole.getShape().drop_front(), whole.getElementType(),
                      StridedLayoutAttr::get(b.getContext(), layout.getOffset(), layout.getStrides().drop_front()));
  return memref::SubViewOp::create(b, s.loc, type, tensor, part.offsets, part.sizes, part.strides);
}

//===-- Operators -------------------------------------------------------------===//

void AttentionLowering::callCached(StringRef kind, CacheType type, ArrayRef<NamedAttribute> parameters,
                                   ValueRange operands, ValueRange forCodes) {
  Type element = type.getElement();
  SmallVector<Value> all(operands);
  if (type.isCoded())
    llvm::append_range(all, forCodes);
  s.callDense((kind + (element.isF32() ? "" : element.isF16() ? "_f16" : "_i8")).str(), parameters, all);
}

void AttentionLowering::append(decoder::CacheAppendOp op, OpFoldResult first, Value begin, OpFoldResult count) {
  auto declaration = s.symbols.lookup<decoder::CacheOp>(op.getCache());
  auto type = cast<CacheType>(declaration.getType());
  int64_t headDim = type.getHeadDim();
  bool keys = type.getRole() == decoder::CacheRole::Keys;
  Share mine = s.share(partitionOf(op), b.getIndexAttr(type.getHeads() * headDim));
  Value firstHead = div(s.value(mine.begin), headDim), lastHead = add(firstHead, div(s.value(mine.size), headDim));
  Value input = s.buffer(op.getInput()), inPage = rem(begin, kPage), pageIndex = div(begin, kPage);
  auto zero = b.getIndexAttr(0), one = b.getIndexAttr(1), depth = b.getIndexAttr(headDim);
  std::array headShape = type.getHeadShape();
  SmallVector<int64_t> shape(headShape.begin(), headShape.end());
  if (type.isCoded()) { // the two of a pair by themselves
    shape.back() /= 2;
    shape.push_back(2);
  }
  forEach(firstHead, lastHead, [&](Value head) {
    Page target = page(declaration, pageIndex, head, shape);
    Value from = s.slice(input, {first, count}, {mul(head, headDim), depth}), to;
    SmallVector<Share> shares;
    for (int64_t size : shape)
      shares.push_back({zero, b.getIndexAttr(size)});
    if (keys) {
      shares[0] = {div(inPage, kStrip), one};
      shares[2] = {rem(inPage, kStrip), count};
      to = item(target.strips, shares);
    } else {
      shares[1] = {type.isCoded() ? div(inPage, 2) : inPage, count};
      if (type.isCoded())
        shares[3] = {rem(inPage, 2), one};
      to = part(target.strips, shares);
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
  auto type = cast<CacheType>(s.symbols.lookup<decoder::CacheOp>(op.getCache()).getType());
  if (type.isCoded() && type.getRole() == decoder::CacheRole::Values) { // pairs of positions are stored one by one
    forEach(index(0), s.value(tokens),
            [&](Value token) { append(op, token, add(position, token), b.getIndexAttr(1)); });
    return success();
  }
  Value end = add(position, s.value(tokens));
  forEach(div(position, kStrip), ceilDiv(end, kStrip), [&](Value strip) {
    Value start = mul(strip, kStrip), begin = max(position, start), stop = min(end, add(start, index(kStrip)));
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
  std::array keyShape = type.getHeadShape(), valueShape = cast<CacheType>(op.getValues().getType()).getHeadShape();
  Workspace room(type, 1, group, 0, true);
  Value position = s.stepValue(decoder::StepValue::Position);
  Value units = mul(ceilDiv(add(position, index(1)), kPage), type.getHeads());
  Type f32 = b.getF32Type(), i16 = b.getI16Type();
  Value scores = s.workspace({1, group, kPage}, f32, room.scores);
  Value weights = s.workspace({1, group, kPage}, f32, room.weights);
  SmallVector<Value> codes;
  if (type.isCoded())
    codes = {s.workspace({1, width}, i16, room.queryCodes), s.workspace({1, group}, f32, room.queryStep),
             s.workspace({1, group, kPage}, i16, room.weightCodes), s.workspace({1, group}, f32, room.weightStep)};
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
    Page k = page(keys, pageIndex, head, keyShape), v = page(values, pageIndex, head, valueShape);
    SmallVector<Value> forCodes = {k.scales, v.scales};
    llvm::append_range(forCodes, codes);
    Share here{pageIndex, one};
    callCached("attention", type, b.getNamedAttr("scale", op.getScaleAttr()),
               {s.slice(query, row, columns), k.strips, v.strips, last, scores, weights,
                item(parts, {here, row, columns}), item(largest, {here, row, grouped}),
                item(total, {here, row, grouped})},
               forCodes);
  });
  return success();
}

LogicalResult AttentionLowering::lower(decoder::AttentionCombineOp op) {
  Value pages = ceilDiv(add(s.stepValue(decoder::StepValue::Position), index(1)), kPage);
  auto written = [&](Value tensor) -> Value {
    Value all = s.buffer(tensor);
    auto type = cast<MemRefType>(all.getType());
    auto zero = b.getIndexAttr(0);
    return part(
        all, {{zero, pages}, {zero, b.getIndexAttr(type.getDimSize(1))}, {zero, b.getIndexAttr(type.getDimSize(2))}});
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
  std::array keyShape = type.getHeadShape(), valueShape = cast<CacheType>(op.getValues().getType()).getHeadShape();
  int64_t tile = partitionOf(op).getGranule(), mostPages = pagesOf(maxContext);
  Workspace room(type, tile, group, mostPages, false);
  Type f32 = b.getF32Type(), i16 = b.getI16Type();
  Value scores = s.workspace({tile, group, kPage}, f32, room.scores),
        weights = s.workspace({tile, group, kPage}, f32, room.weights);
  Value parts = s.workspace({mostPages, tile, width}, f32, room.parts),
        largest = s.workspace({mostPages, tile, group}, f32, room.largest),
        total = s.workspace({mostPages, tile, group}, f32, room.total);
  Value queryCodes, queryStep, weightCodes, weightStep;
  if (type.isCoded()) {
    queryCodes = s.workspace({tile, width}, i16, room.queryCodes);
    queryStep = s.workspace({tile, group}, f32, room.queryStep);
    weightCodes = s.workspace({tile, group, kPage}, i16, room.weightCodes);
    weightStep = s.workspace({tile, group}, f32, room.weightStep);
  }
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
      // This tile's rows of a matrix, or of items as long as a page.
      auto scratch = [&](Value whole) -> Value {
        SmallVector<Share> shares = {rows};
        for (int64_t size : cast<MemRefType>(whole.getType()).getShape().drop_front())
          shares.push_back({zero, b.getIndexAttr(size)});
        return part(whole, shares);
      };
      Page k = page(keys, pageIndex, head, keyShape), v = page(values, pageIndex, head, valueShape);
      SmallVector<Value> forCodes;
      if (type.isCoded())
        forCodes = {k.scales,           v.scales, scratch(queryCodes), scratch(queryStep), scratch(weightCodes),
                    scratch(weightStep)};
      Share here{pageIndex, one};
      callCached("attention", type, b.getNamedAttr("scale", op.getScaleAttr()),
                 {q, k.strips, v.strips, sub(firstSeen, mul(pageIndex, kPage)), scratch(scores), scratch(weights),
                  item(parts, {here, rows, all}), item(largest, {here, rows, grouped}),
                  item(total, {here, rows, grouped})},
                 forCodes);
    });
    auto written = [&](Value whole, int64_t size) -> Value {
      return part(whole, {{zero, pages}, rows, {zero, b.getIndexAttr(size)}});
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
