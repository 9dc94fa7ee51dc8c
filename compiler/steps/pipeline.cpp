//===- pipeline.cpp - Phase tiled -----------------------------------------===//
#include "compiler/steps/pipeline.h"

#include "compiler/kernels/kernels.h"
#include "compiler/steps/passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tern::buildStepsPipeline(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createDecoderSplitAttention());
  manager.addNestedPass<func::FuncOp>(createDecoderPartitionThreads());
  manager.addNestedPass<func::FuncOp>(createDecoderFuseRescale());
  manager.addNestedPass<func::FuncOp>(createDecoderInsertBarriers());
  manager.addPass(createDecoderLowerToSteps());
  addKernelPasses(manager);
  manager.addNestedPass<func::FuncOp>(createDecoderTileScreen());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}
