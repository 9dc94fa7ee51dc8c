//===- pipeline.cpp - Phase tiled -----------------------------------------===//
#include "compiler/tile/pipeline.h"

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
  manager.addNestedPass<func::FuncOp>(createTernaryTileDot());
  manager.addNestedPass<func::FuncOp>(createTernaryTileLut());
  manager.addNestedPass<func::FuncOp>(createTernaryDecomposeBitSerial());
  manager.addNestedPass<func::FuncOp>(createTernaryTileLanes());
  manager.addNestedPass<func::FuncOp>(createTernaryTileColumns());
  manager.addNestedPass<func::FuncOp>(createTernaryTilePanels());
  manager.addNestedPass<func::FuncOp>(createTernaryTileAmx());
  manager.addNestedPass<func::FuncOp>(createDecoderTileScreen());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}
