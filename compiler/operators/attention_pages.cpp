//===- attention_pages.cpp - Attention of one token, page by page -----------===//
#include "compiler/dense/attention_page.h"
#include "compiler/operators/operator_set.h"
#include "compiler/steps/lowering/cache_access.h"

using namespace mlir;

namespace tern {
namespace {

using decoder::CacheType;
constexpr int64_t kPage = CacheType::kPagePositions;

/// A thread's pages.
struct AttentionPagesLowering : LoweringOf<AttentionPagesLowering, decoder::AttentionPagesOp> {
  int64_t workspaceBytes(Operation *operation, int64_t) const {
    auto op = cast<decoder::AttentionPagesOp>(operation);
    CacheType type = op.getKeys().getType();
    return AttentionWorkspace(type, 1, groupOf(op.getQuery(), type), 0).bytes;
  }

  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::AttentionPagesOp>(operation);
    CacheAccess c(s);
    OpBuilder &b = s.b;
    auto scale = s.attribute<FloatAttr>("scale");
    FailureOr<CacheAccess::Heads> heads = c.headsOf(op, op.getQuery(), op.getKeys(), op.getValues());
    if (failed(heads))
      return failure();
    auto [keys, values, type, group, width] = *heads;
    std::array keyShape = type.getHeadShape(), valueShape = cast<CacheType>(op.getValues().getType()).getHeadShape();
    AttentionWorkspace room(type, 1, group, 0);
    OperatorBuilder::Run run = s.onlyRun();
    Value position = run.position;
    Value units = c.mul(c.ceilDiv(c.add(position, c.index(1)), kPage), type.getHeads());
    Type f32 = b.getF32Type(), i16 = b.getI16Type();
    Value scores = s.workspace({1, group, kPage}, f32, room.scores);
    Value weights = s.workspace({1, group, kPage}, f32, room.weights);
    SmallVector<Value> codes;
    if (type.isCoded())
      codes = {s.workspace({1, width}, i16, room.queryCodes), s.workspace({1, group}, f32, room.queryStep),
               s.workspace({1, group, kPage}, i16, room.weightCodes), s.workspace({1, group}, f32, room.weightStep)};
    Value query = s.buffer(op.getQuery()), parts = s.buffer(op.getParts()), largest = s.buffer(op.getLargest()),
          total = s.buffer(op.getTotal());
    Share mine = s.share(step::partitionOf(op), units);
    Value begin = s.value(mine.begin);
    // A page's heads are neighbours in memory.
    c.forEach(begin, c.add(begin, s.value(mine.size)), [&](Value unit) {
      Value pageIndex = c.div(unit, type.getHeads()), head = c.rem(unit, type.getHeads());
      Value last = c.sub(position, c.mul(pageIndex, kPage)); // at or behind the page's end for all pages but one
      auto one = b.getIndexAttr(1), zero = b.getIndexAttr(0);
      Share row{zero, one}, columns{c.mul(head, width), b.getIndexAttr(width)},
          grouped{c.mul(head, group), b.getIndexAttr(group)};
      CacheAccess::Page k = c.page(keys, run.pages, pageIndex, head, keyShape),
                        v = c.page(values, run.pages, pageIndex, head, valueShape);
      SmallVector<Value> forCodes = {k.scales, v.scales};
      llvm::append_range(forCodes, codes);
      Share here{pageIndex, one};
      c.callCached("attention", type, b.getNamedAttr("scale", scale),
                   {s.slice(query, row, columns), k.strips, v.strips, last, scores, weights,
                    c.item(parts, {here, row, columns}), c.item(largest, {here, row, grouped}),
                    c.item(total, {here, row, grouped})},
                   forCodes);
    });
    return success();
  }
};

/// Attention to a page of this element type.
DenseKind kind(const char *name, DenseElement element) {
  constexpr auto f32 = DenseElement::F32;
  return {name,
          {{"q", f32, {"T", "width"}},
           {"k", element, {"kp", "hd", "kw"}},
           {"v", element, {"vp", "page", "vw"}},
           {"last", DenseElement::Index, {}},
           {"scores", f32, {"T", "group", "page"}},
           {"weights", f32, {"T", "group", "page"}},
           {"y", f32, {"T", "width"}},
           {"largest", f32, {"T", "group"}},
           {"total", f32, {"T", "group"}}},
          buildAttention};
}

/// Codes lie in pairs, have a scale for each position, and meet 16-bit codes of the query and of the weights.
DenseKind codesKind() {
  constexpr auto f32 = DenseElement::F32;
  DenseKind codes = kind("attention_i8", DenseElement::I8);
  codes.operands[1].dimensions = {"kp", "column_pairs", "kw"};
  codes.operands[2].dimensions = {"vp", "position_pairs", "vw"};
  codes.operands.insert(codes.operands.end(), {{"key_scale", f32, {"page"}},
                                               {"value_scale", f32, {"page"}},
                                               {"query_codes", DenseElement::I16, {"T", "width"}},
                                               {"query_step", f32, {"T", "group"}},
                                               {"weight_codes", DenseElement::I16, {"T", "group", "page"}},
                                               {"weight_step", f32, {"T", "group"}}});
  codes.build = buildAttentionCodes;
  return codes;
}

} // namespace

namespace operators {

void attention_pages(OperatorSet &set) {
  set.lower<decoder::AttentionPagesOp, AttentionPagesLowering>();
  set.kinds.push_back(kind("attention", DenseElement::F32));
  set.kinds.push_back(kind("attention_f16", DenseElement::F16));
  set.kinds.push_back(codesKind());
}

} // namespace operators
} // namespace tern
