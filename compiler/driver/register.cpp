//===- register.cpp - Dialects, passes and phase pipelines of the compiler ===//
#include "compiler/driver/register.h"

#include "compiler/kernels/kernels.h"
#include "compiler/machine/passes.h"
#include "compiler/machine/pipeline.h"
#include "compiler/operators/operators.h"
#include "compiler/select/passes.h"
#include "compiler/select/pipeline.h"
#include "compiler/steps/passes.h"
#include "compiler/steps/pipeline.h"
#include "compiler/vector/passes.h"
#include "compiler/vector/pipeline.h"
#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/TransformOps/FuncTransformOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/TransformOps/DialectExtension.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/TransformOps/MemRefTransformOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/TransformOps/SCFTransformOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Transform/IR/TransformDialect.h"
#include "mlir/Dialect/Transform/LoopExtension/LoopExtension.h"
#include "mlir/Dialect/Transform/Transforms/Passes.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/TransformOps/VectorTransformOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;

void tern::registerDialects(DialectRegistry &registry) {
  registry.insert<ternary::TernaryDialect, decoder::DecoderDialect, step::StepDialect>();
  registerOperators(registry);
  registerKernels(registry);
  registry
      .insert<affine::AffineDialect, amx::AMXDialect, arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect,
              index::IndexDialect, linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect,
              scf::SCFDialect, tensor::TensorDialect, ub::UBDialect, vector::VectorDialect>();
  // Schedules written in the transform dialect: loops, vectors and buffers of the kernels.
  registry.insert<transform::TransformDialect>();
  func::registerTransformDialectExtension(registry);
  linalg::registerTransformDialectExtension(registry);
  memref::registerTransformDialectExtension(registry);
  scf::registerTransformDialectExtension(registry);
  vector::registerTransformDialectExtension(registry);
  transform::registerLoopExtension(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

void tern::hideLlvmOptions() {
  for (auto &entry : llvm::cl::getRegisteredOptions())
    if (entry.second->getOptionHiddenFlag() == llvm::cl::NotHidden && entry.first != "help" &&
        entry.first != "version" && entry.first != "help-hidden")
      entry.second->setHiddenFlag(llvm::cl::Hidden);
}

void tern::registerPasses() {
  registerTernSelectPasses();
  registerTernStepsPasses();
  registerKernelPasses();
  registerTernVectorPasses();
  registerTernMachinePasses();
  registerCanonicalizerPass();
  registerCSEPass();
  registerSymbolDCEPass();
  transform::registerInterpreterPass();
  transform::registerPreloadLibraryPass();
  PassPipelineRegistration<SelectOptions>("tern-phase-ternary", "From phase graph to phase ternary",
                                          buildSelectPipeline);
  PassPipelineRegistration<>("tern-phase-tiled", "From phase ternary to phase tiled", buildStepsPipeline);
  PassPipelineRegistration<>("tern-phase-vector", "From phase tiled to phase vector", buildVectorPipeline);
  PassPipelineRegistration<>("tern-phase-llvm", "From phase vector to the LLVM dialect", buildMachinePipeline);
}
