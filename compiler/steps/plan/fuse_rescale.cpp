//===- fuse_rescale.cpp - Rescaled products, a row at a time --------------===//
#include "compiler/steps/passes.h"
#include "compiler/steps/plan/step_graph.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_DECODERFUSERESCALE
#include "compiler/steps/Passes.h.inc"

namespace {

/// The operator that may compute the rows of `rescale` itself, or null.
Operation *rowUser(ternary::RescaleOp rescale) {
  Value result = rescale.getResult();
  if (!result.hasOneUse() || isReturned(result))
    return nullptr;
  Operation *user = *result.user_begin();
  auto rows = dyn_cast<step::StepOperator>(user);
  return rows && rows.isRowByRow() && step::partitionOf(user) == step::partitionOf(rescale) ? user : nullptr;
}

struct FuseRescale : impl::DecoderFuseRescaleBase<FuseRescale> {
  void runOnOperation() override {
    func::FuncOp graph = getOperation();
    if (!isStepGraph(graph))
      return;
    if (failed(requirePartitions(graph)))
      return signalPassFailure();
    for (auto rescale : llvm::to_vector(graph.getOps<ternary::RescaleOp>()))
      if (Operation *user = rowUser(rescale)) {
        rescale->moveBefore(user);
        rescale->setAttr(step::kInlineAttr, UnitAttr::get(&getContext()));
        ++fused;
      }
  }
};

} // namespace
} // namespace tern
