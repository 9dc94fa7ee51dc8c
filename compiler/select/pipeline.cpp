//===- pipeline.cpp - Phase ternary ---------------------------------------===//
#include "compiler/select/pipeline.h"

#include "compiler/select/passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tern::buildSelectPipeline(OpPassManager &manager, const SelectOptions &options) {
  manager.addPass(createTernSpecializeTokens({options.block}));
  manager.addPass(createDecoderOutlineHead());
  manager.addPass(createDecoderScreenHead({options.lmHead}));
  manager.addNestedPass<func::FuncOp>(createTernaryQuantizeActivations());
  manager.addNestedPass<func::FuncOp>(createDecoderFuseNormQuantize());
  if (!options.tuning.empty())
    manager.addPass(createTernaryApplyTuning({options.tuning, /*schedule=*/false}));
  if (!options.schedule.empty())
    manager.addPass(createTernaryApplyTuning({options.schedule, /*schedule=*/true}));
  manager.addPass(createTernarySelectKernels({options.family}));
  manager.addPass(createStepOutlineLayers());
  manager.addPass(createCSEPass());
}
