//===- pipeline.cpp - Phase vector ----------------------------------------===//
#include "compiler/vector/pipeline.h"

#include "compiler/vector/passes.h"

#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tern::buildVectorPipeline(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createTernaryLowerUnpackPanel());
  manager.addNestedPass<func::FuncOp>(createTernaryLowerFetchColumns());
  manager.addNestedPass<func::FuncOp>(createTernaryLowerTranspose());
  manager.addNestedPass<func::FuncOp>(createTernaryLowerUnpack());
  manager.addNestedPass<func::FuncOp>(createTernaryLowerTableBuild());
  manager.addNestedPass<func::FuncOp>(createDecoderLowerShares());
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}
