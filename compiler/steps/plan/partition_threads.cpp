//===- partition_threads.cpp - How the threads share each operator --------===//
#include "compiler/steps/passes.h"
#include "compiler/steps/plan/step_graph.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERPARTITIONTHREADS
#include "compiler/steps/Passes.h.inc"

namespace {

struct PartitionThreads : impl::DecoderPartitionThreadsBase<PartitionThreads> {
  void runOnOperation() override {
    func::FuncOp graph = getOperation();
    if (!isStepGraph(graph))
      return;
    for (Operation &op : graph.getOps()) {
      if (!isOperator(&op))
        continue;
      auto known = dyn_cast<step::StepOperator>(op);
      if (!known) {
        op.emitOpError("does not say how threads share it: it has no interface StepOperator");
        return signalPassFailure();
      }
      FailureOr<step::PartitionAttr> part = known.share(tokenBound(graph));
      if (failed(part))
        return signalPassFailure();
      op.setAttr(step::kPartitionAttr, *part);
      ++(part->getKind() == step::PartitionKind::Replicated ? replicated : shared);
    }
  }
};

} // namespace
} // namespace tern
