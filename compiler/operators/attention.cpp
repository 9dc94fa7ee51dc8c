//===- attention.cpp - Attention of a block of tokens -----------------------===//
#include "compiler/operators/operator_set.h"
#include "compiler/steps/lowering/cache_access.h"

using namespace mlir;

namespace tern {
namespace {

using decoder::CacheType;
constexpr int64_t kPage = CacheType::kPagePositions;

/// A thread's token tiles: page by page into scratch, by the kernels of attention_pages.cpp, then combined.
struct AttentionLowering : LoweringOf<AttentionLowering, decoder::AttentionOp> {
  int64_t workspaceBytes(Operation *operation, int64_t maxContext) const {
    auto op = cast<decoder::AttentionOp>(operation);
    CacheType type = op.getKeys().getType();
    return AttentionWorkspace(type, step::partitionOf(op).getGranule(), groupOf(op.getQuery(), type),
                              pagesOf(maxContext))
        .bytes;
  }

  LogicalResult lower(Operation *operation, OperatorBuilder &s) const {
    auto op = cast<decoder::AttentionOp>(operation);
    CacheAccess c(s);
    OpBuilder &b = s.b;
    auto scale = s.attribute<FloatAttr>("scale");
    FailureOr<CacheAccess::Heads> heads = c.headsOf(op, op.getQuery(), op.getKeys(), op.getValues());
    if (failed(heads))
      return failure();
    auto [keys, values, type, group, width] = *heads;
    std::array keyShape = type.getHeadShape(), valueShape = cast<CacheType>(op.getValues().getType()).getHeadShape();
    int64_t tile = step::partitionOf(op).getGranule(), mostPages = pagesOf(s.maxContext);
    AttentionWorkspace room(type, tile, group, mostPages);
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
    Value query = s.buffer(op.getQuery()), result = s.buffer(op.getResult());
    if (failed(s.requireAllRows(op, op.getQuery())))
      return failure();
    auto one = b.getIndexAttr(1), zero = b.getIndexAttr(0);
    // A tile of some rows of a run, and one head of the cache.
    auto attend = [&](const OperatorBuilder::Run &run, Value unit) {
      Value inRun = c.mul(c.div(unit, type.getHeads()), tile), head = c.rem(unit, type.getHeads());
      Value count = c.min(c.index(tile), c.sub(s.value(run.rows), inRun)), firstSeen = c.add(run.position, inRun);
      Value first = c.add(s.value(run.first), inRun);
      Value pages = c.ceilDiv(c.add(firstSeen, count), kPage);
      Share rows{zero, count}, all{zero, b.getIndexAttr(width)}, grouped{zero, b.getIndexAttr(group)};
      Share columns{c.mul(head, width), b.getIndexAttr(width)};
      Value q = s.slice(query, {first, count}, columns);
      c.forEach(c.index(0), pages, [&](Value pageIndex) {
        // This tile's rows of a matrix, or of items as long as a page.
        auto scratch = [&](Value whole) -> Value {
          SmallVector<Share> shares = {rows};
          for (int64_t size : cast<MemRefType>(whole.getType()).getShape().drop_front())
            shares.push_back({zero, b.getIndexAttr(size)});
          return c.part(whole, shares);
        };
        CacheAccess::Page k = c.page(keys, run.pages, pageIndex, head, keyShape),
                          v = c.page(values, run.pages, pageIndex, head, valueShape);
        SmallVector<Value> forCodes;
        if (type.isCoded())
          forCodes = {k.scales,           v.scales, scratch(queryCodes), scratch(queryStep), scratch(weightCodes),
                      scratch(weightStep)};
        Share here{pageIndex, one};
        c.callCached("attention", type, b.getNamedAttr("scale", scale),
                     {q, k.strips, v.strips, c.sub(firstSeen, c.mul(pageIndex, kPage)), scratch(scores),
                      scratch(weights), c.item(parts, {here, rows, all}), c.item(largest, {here, rows, grouped}),
                      c.item(total, {here, rows, grouped})},
                     forCodes);
      });
      auto written = [&](Value whole, int64_t size) -> Value {
        return c.part(whole, {{zero, pages}, rows, {zero, b.getIndexAttr(size)}});
      };
      s.callDense("attention_combine", {},
                  {written(parts, width), written(largest, group), written(total, group),
                   s.slice(result, {first, count}, columns)});
    };
    // Later rows see more positions, so threads take tiles in turn; runs begin with another thread each, so that short
    // ones do not all fall to the same.
    s.forEachRun([&](const OperatorBuilder::Run &run) {
      Value units = c.mul(c.ceilDiv(s.value(run.rows), tile), type.getHeads());
      Value turn = arith::RemUIOp::create(b, s.loc, c.add(s.thread, s.value(run.first)), s.threads);
      c.forEach(turn, units, [&](Value unit) { attend(run, unit); }, s.threads);
    });
    return success();
  }
};

} // namespace

namespace operators {

void attention(OperatorSet &set) { set.lower<decoder::AttentionOp, AttentionLowering>(); }

} // namespace operators
} // namespace tern
