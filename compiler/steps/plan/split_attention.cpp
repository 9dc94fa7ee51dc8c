//===- split_attention.cpp - Attention of one token, page by page ----------===//
#include "compiler/steps/passes.h"
#include "compiler/steps/plan/step_graph.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERSPLITATTENTION
#include "compiler/steps/Passes.h.inc"

namespace {

struct SplitAttention : impl::DecoderSplitAttentionBase<SplitAttention> {
  void runOnOperation() override {
    func::FuncOp graph = getOperation();
    if (!isStepGraph(graph) || tokenBound(graph) != 1)
      return;
    auto model = graph->getParentOfType<ModuleOp>()->getAttrOfType<DictionaryAttr>("decoder.model");
    auto context = model ? model.getAs<IntegerAttr>("max_context") : IntegerAttr();
    for (auto attention : llvm::make_early_inc_range(graph.getOps<decoder::AttentionOp>())) {
      if (!context) {
        attention.emitOpError("needs decoder.model with max_context on the module, which the import sets");
        return signalPassFailure();
      }
      if (failed(split(attention, context.getInt())))
        return signalPassFailure();
      ++paged;
    }
  }

  static LogicalResult split(decoder::AttentionOp attention, int64_t context) {
    OpBuilder b(attention);
    auto query = cast<RankedTensorType>(attention.getQuery().getType());
    int64_t pages = llvm::divideCeil(context, decoder::CacheType::kPagePositions), columns = query.getDimSize(1);
    auto parts = RankedTensorType::get({pages, 1, columns}, query.getElementType());
    auto heads =
        RankedTensorType::get({pages, 1, columns / attention.getKeys().getType().getHeadDim()}, query.getElementType());
    auto split = decoder::AttentionPagesOp::create(b, attention.getLoc(), parts, heads, heads, attention.getQuery(),
                                                   attention.getKeys(), attention.getValues(), attention.getPositions(),
                                                   attention.getScaleAttr());
    if (failed(step::copyProperties(attention, split)))
      return attention.emitOpError("has an attribute that decoder.attention_pages does not have");
    Value whole = decoder::AttentionCombineOp::create(b, attention.getLoc(), query, split.getParts(),
                                                      split.getLargest(), split.getTotal(), attention.getPositions());
    attention.replaceAllUsesWith(whole);
    attention.erase();
    return success();
  }
};

} // namespace
} // namespace tern
