//===- pipeline.cpp - Phase ternary ---------------------------------------===//
#include "compiler/select/pipeline.h"

#include "compiler/select/passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tern::buildSelectPipeline(OpPassManager &manager, const SelectOptions &options) {
  manager.addPass(createTernSpecializeTokens({options.block}));
  manager.addNestedPass<func::FuncOp>(createTernaryQuantizeActivations());
  manager.addNestedPass<func::FuncOp>(createDecoderFuseNormQuantize());
  manager.addPass(createTernarySelectKernels({options.family, options.remarks}));
  manager.addPass(createCSEPass());
}
