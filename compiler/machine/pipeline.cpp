//===- pipeline.cpp - Phase llvm ------------------------------------------===//
#include "compiler/machine/pipeline.h"

#include "compiler/machine/passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tern::buildMachinePipeline(OpPassManager &manager) {
  manager.addPass(createTernaryLowerTrits());
  manager.addPass(createTernaryLowerDot());
  manager.addPass(createTernaryLowerLookup());
  manager.addPass(createTernaryLowerNonzero());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass()); // index maps of the expanded subviews
  manager.addPass(arith::createArithExpandOpsPass());
  manager.addPass(createTernConvertToLLVM());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}
