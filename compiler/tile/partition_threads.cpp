//===- partition_threads.cpp - How the threads share each operator --------===//
#include "compiler/tile/passes.h"
#include "compiler/tile/step_graph.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERPARTITIONTHREADS
#include "compiler/tile/Passes.h.inc"

namespace {

using decoder::PartitionAttr;
using decoder::PartitionKind;

/// Two cache lines of floats: threads that write neighbouring shares rarely write one line.
constexpr int64_t kDenseGranule = 32;

/// Columns of one head: a share never cuts a head.
int64_t headDim(Operation *op) {
  if (auto rope = dyn_cast<decoder::RopeOp>(op))
    return SymbolTable::lookupNearestSymbolFrom<decoder::RopeTableOp>(op, rope.getTableAttr()).getHeadDim();
  return cast<decoder::CacheAppendOp>(op).getResult().getType().getHeadDim();
}

/// Tokens in a token tile of attention: 64 rows (tokens times the heads of a query group) use a page of keys and values
/// that stays in the level 2 cache.
int64_t attentionTile(decoder::AttentionOp op, int64_t block) {
  decoder::CacheType type = op.getKeys().getType();
  int64_t group = cast<RankedTensorType>(op.getQuery().getType()).getDimSize(1) / (type.getHeads() * type.getHeadDim());
  return std::clamp<int64_t>(64 / group, 1, block);
}

struct PartitionThreads : impl::DecoderPartitionThreadsBase<PartitionThreads> {
  void runOnOperation() override {
    func::FuncOp graph = getOperation();
    if (!isStepGraph(graph))
      return;
    oneToken = tokenBound(graph) == 1;
    for (Operation &op : graph.getOps()) {
      if (!isOperator(&op))
        continue;
      FailureOr<PartitionAttr> part = choose(&op);
      if (failed(part))
        return signalPassFailure();
      op.setAttr(kPartitionAttr, *part);
      ++(part->getKind() == PartitionKind::Replicated ? replicated : shared);
    }
  }

  FailureOr<PartitionAttr> choose(Operation *op) {
    auto features = [&](int64_t granule) {
      return PartitionAttr::get(&getContext(), PartitionKind::Features, granule);
    };
    if (auto attention = dyn_cast<decoder::AttentionOp>(op))
      return PartitionAttr::get(&getContext(), PartitionKind::Tiles,
                                attentionTile(attention, tokenBound(getOperation())));
    if (isa<decoder::AttentionPagesOp>(op))
      return PartitionAttr::get(&getContext(), PartitionKind::Pages, 1);
    if (isa<decoder::AttentionCombineOp>(op)) // 20 heads of 128 and 16 pages: 2 us, and a barrier would be as much
      return PartitionAttr::get(&getContext(), PartitionKind::Replicated, 1);
    if (isa<decoder::ScreenOp, decoder::LinearRowsOp>(op))
      return features(1); // listed rows: there may be few of them
    // What a step returns is one place for all threads, so one of them writes it.
    if (isa<decoder::RmsNormOp>(op) && isReturned(op->getResult(0)))
      return PartitionAttr::get(&getContext(), PartitionKind::Tokens, 1);
    if (isa<decoder::RmsNormOp, decoder::RmsNormQuantizeOp, ternary::QuantizeOp>(op))
      return PartitionAttr::get(&getContext(), oneToken ? PartitionKind::Replicated : PartitionKind::Tokens, 1);
    if (isa<decoder::RopeOp, decoder::CacheAppendOp>(op))
      return features(headDim(op));
    if (auto matmul = dyn_cast<ternary::MatmulOp>(op)) {
      auto weight = SymbolTable::lookupNearestSymbolFrom<ternary::WeightOp>(op, matmul.getWeightAttr());
      if (!weight.getLayout() || !matmul.getKernel())
        return op->emitOpError("has no layout and kernel yet; run phase ternary first");
      return features(weight.getLayoutAttr().getTileRows());
    }
    if (isa<decoder::EmbedOp, decoder::LinearOp>(op))
      return features(kDenseGranule);
    if (isa<decoder::TakeOutputsOp>(op)) // a view: it has the share of what it looks at
      return partitionOf(op->getOperand(0).getDefiningOp());
    if (isa<ternary::RescaleOp, ternary::ScaleColumnsOp, decoder::GateOp, decoder::AddBiasOp>(op) ||
        op->hasTrait<OpTrait::Elementwise>())
      return followOperands(op);
    return op->emitOpError("has no rule for how threads share it");
  }

  /// Elementwise operators keep the share of an operand that is shared by columns, so that no barrier is needed
  /// between. The last such operand decides: in `residual + product` the product's.
  PartitionAttr followOperands(Operation *op) {
    for (Value operand : llvm::reverse(op->getOperands()))
      if (Operation *producer = operand.getDefiningOp())
        if (PartitionAttr part = partitionOf(producer); part && part.getKind() == PartitionKind::Features)
          return part;
    return PartitionAttr::get(&getContext(), PartitionKind::Features, kDenseGranule);
  }

  bool oneToken = false;
};

} // namespace
} // namespace tern
