//===- pipeline.cpp - Phase tiled -----------------------------------------===//
#include "compiler/tile/pipeline.h"

#include "compiler/kernels/kernels.h"
#include "compiler/tile/passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tern::buildTilePipeline(OpPassManager &manager) {
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
