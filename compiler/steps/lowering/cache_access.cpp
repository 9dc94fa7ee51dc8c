//===- cache_access.cpp - Pages of the cache in a step ---------------------===//
#include "compiler/steps/lowering/cache_access.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tern {

using decoder::CacheType;

namespace {

constexpr int64_t kPage = CacheType::kPagePositions;

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

} // namespace

int64_t groupOf(Value query, CacheType type) {
  return cast<RankedTensorType>(query.getType()).getDimSize(1) / (type.getHeads() * type.getHeadDim());
}

int64_t pagesOf(int64_t context) { return llvm::divideCeil(context, kPage); }

AttentionWorkspace::AttentionWorkspace(CacheType type, int64_t tokens, int64_t group, int64_t pages) {
  int64_t next = 0;
  auto take = [&](int64_t floats) {
    int64_t begin = next;
    next += llvm::alignTo(floats * int64_t(sizeof(float)), 64);
    return begin;
  };
  scores = take(tokens * group * kPage);
  weights = take(tokens * group * kPage);
  int64_t rows = pages * tokens * group;
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

//===-- Numbers ---------------------------------------------------------------===//

Value CacheAccess::add(Value lhs, Value rhs) { return b.createOrFold<arith::AddIOp>(s.loc, lhs, rhs); }
Value CacheAccess::sub(Value lhs, Value rhs) { return b.createOrFold<arith::SubIOp>(s.loc, lhs, rhs); }
Value CacheAccess::mul(Value lhs, int64_t rhs) { return b.createOrFold<arith::MulIOp>(s.loc, lhs, index(rhs)); }
Value CacheAccess::div(Value lhs, int64_t rhs) { return b.createOrFold<arith::DivUIOp>(s.loc, lhs, index(rhs)); }
Value CacheAccess::ceilDiv(Value lhs, int64_t rhs) {
  return b.createOrFold<arith::CeilDivUIOp>(s.loc, lhs, index(rhs));
}
Value CacheAccess::rem(Value lhs, int64_t rhs) { return b.createOrFold<arith::RemUIOp>(s.loc, lhs, index(rhs)); }
Value CacheAccess::min(Value lhs, Value rhs) { return b.createOrFold<arith::MinUIOp>(s.loc, lhs, rhs); }
Value CacheAccess::max(Value lhs, Value rhs) { return b.createOrFold<arith::MaxUIOp>(s.loc, lhs, rhs); }

void CacheAccess::forEach(Value begin, Value end, function_ref<void(Value)> body, Value step) {
  auto loop = scf::ForOp::create(b, s.loc, begin, end, step ? step : index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

//===-- Places ----------------------------------------------------------------===//

Value CacheAccess::pageStart(decoder::CacheOp declaration, Value pages, Value page) {
  int64_t before = 0, all = 0;
  for (auto other : declaration->getParentOfType<ModuleOp>().getOps<decoder::CacheOp>()) {
    if (other == declaration)
      before = all;
    all += cast<CacheType>(other.getType()).getPositionBytes();
  }
  Value number = memref::LoadOp::create(b, s.loc, pages, page);
  number = arith::IndexCastUIOp::create(b, s.loc, b.getIndexType(), number);
  return add(mul(number, all * kPage), index(before * kPage));
}

CacheAccess::Page CacheAccess::page(decoder::CacheOp declaration, Value pages, Value page, Value head,
                                    ArrayRef<int64_t> shape) {
  auto type = cast<CacheType>(declaration.getType());
  Value start = pageStart(declaration, pages, page), bytes = s.cache();
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

Value CacheAccess::part(Value tensor, ArrayRef<Share> shares) {
  Part part(b, shares);
  return memref::SubViewOp::create(b, s.loc, tensor, part.offsets, part.sizes, part.strides);
}

Value CacheAccess::item(Value tensor, ArrayRef<Share> shares) {
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

//===-- Operands --------------------------------------------------------------===//

void CacheAccess::callCached(StringRef kind, CacheType type, ArrayRef<NamedAttribute> parameters, ValueRange operands,
                             ValueRange forCodes) {
  Type element = type.getElement();
  SmallVector<Value> all(operands);
  if (type.isCoded())
    llvm::append_range(all, forCodes);
  s.callDense((kind + (element.isF32() ? "" : element.isF16() ? "_f16" : "_i8")).str(), parameters, all);
}

decoder::CacheOp CacheAccess::cacheOf(Value value) {
  Operation *writer = value.getDefiningOp();
  return writer ? s.symbols.lookup<decoder::CacheOp>(step::firstSymbol(writer)) : decoder::CacheOp();
}

FailureOr<CacheAccess::Heads> CacheAccess::headsOf(Operation *op, Value query, Value keys, Value values) {
  decoder::CacheOp keyCache = cacheOf(keys), valueCache = cacheOf(values);
  if (!keyCache || !valueCache)
    return op->emitOpError("needs keys and values that an operator of this step appended to a cache");
  auto type = cast<CacheType>(keys.getType());
  int64_t group = groupOf(query, type);
  return Heads{keyCache, valueCache, type, group, group * type.getHeadDim()};
}

} // namespace tern
