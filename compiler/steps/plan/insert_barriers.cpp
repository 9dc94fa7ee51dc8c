//===- insert_barriers.cpp - Barriers between dependent operators ---------===//
#include "compiler/steps/passes.h"
#include "compiler/steps/plan/step_graph.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERINSERTBARRIERS
#include "compiler/steps/Passes.h.inc"

namespace {

/// The op that computed a value's elements: views are looked through.
Operation *writerOf(Value value) {
  Operation *op = value.getDefiningOp();
  while (op && isView(op))
    op = op->getOperand(0).getDefiningOp();
  return op;
}

struct InsertBarriers : impl::DecoderInsertBarriersBase<InsertBarriers> {
  void runOnOperation() override {
    func::FuncOp graph = getOperation();
    if (!isStepGraph(graph))
      return;
    if (failed(requirePartitions(graph)))
      return signalPassFailure();
    // Operators whose results other threads may not see yet.
    llvm::SmallPtrSet<Operation *, 8> sinceBarrier;
    for (Operation &op : llvm::make_early_inc_range(graph.getOps())) {
      if (!isOperator(&op) || isView(&op))
        continue;
      if (llvm::any_of(op.getOpOperands(), [&](OpOperand &operand) {
            Operation *writer = writerOf(operand.get());
            return writer && sinceBarrier.contains(writer) && crossesThreads(operand, writer);
          })) {
        OpBuilder builder(&op);
        step::BarrierOp::create(builder, op.getLoc(), Value(), Value());
        sinceBarrier.clear();
        ++barriers;
      }
      sinceBarrier.insert(&op);
    }
  }

  /// Whether some thread's share of the reader reads what another thread's share of `writer` wrote.
  static bool crossesThreads(OpOperand &operand, Operation *writer) {
    step::PartitionAttr written = step::partitionOf(writer);
    if (written.getKind() == step::PartitionKind::Replicated)
      return false; // every thread has its own copy
    // A view moves rows, so equal shares of it and of what it looks at are different rows.
    bool moved = operand.get().getDefiningOp() != writer;
    Operation *reader = operand.getOwner();
    return moved || written != step::partitionOf(reader) || !cast<step::StepOperator>(reader).readsOwnShare(operand);
  }
};

} // namespace
} // namespace tern
