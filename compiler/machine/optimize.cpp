//===- optimize.cpp - LLVM's optimiser over the whole model ------------------===//
#include "compiler/machine/optimize.h"

#include "compiler/steps/lowering/step_builder.h"
#include "lib/object/model_abi.h"

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/IPO/Internalize.h"
#include "llvm/Transforms/Instrumentation/AddressSanitizer.h"
#include "llvm/Transforms/Instrumentation/ThreadSanitizer.h"
#include "llvm/Transforms/Utils/LowerMemIntrinsics.h"

using namespace llvm;

namespace tern {
namespace {

/// Kernels and steps are called by who knows their address.
bool isCalledFromOutside(const Function &function) {
  return function.hasFnAttribute(kKernelFunction) || function.hasFnAttribute(kStepFunction);
}

bool staysVisible(const GlobalValue &value) {
  if (auto *function = dyn_cast<Function>(&value); function && isCalledFromOutside(*function))
    return true;
  return value.getName() == TERN_SYMBOL_HEADER || value.getName() == TERN_SYMBOL_QUERY;
}

void setFunctionAttributes(Module &code, const TargetInfo &target, Sanitizer sanitizer) {
  VectorUnit vectors = vectorUnit(target);
  for (Function &function : code) {
    if (function.isDeclaration())
      continue;
    if (isCalledFromOutside(function))
      function.setVisibility(GlobalValue::HiddenVisibility);
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("target-features", target.featureString());
    // The environment is the default one: rounding to nearest, no traps.
    function.addFnAttr("no-trapping-math", "true");
    if (vectors.bytes == 64)
      function.addFnAttr("prefer-vector-width", "512");
    function.addFnAttr(Attribute::NoUnwind);
    function.setUWTableKind(UWTableKind::Async); // debuggers and sanitizers walk the stack
    if (sanitizer == Sanitizer::Address)
      function.addFnAttr(Attribute::SanitizeAddress);
    if (sanitizer == Sanitizer::Thread)
      function.addFnAttr(Attribute::SanitizeThread);
  }
}

/// Code generation calls memcpy and its relatives for copies that are long or of unknown length. A
/// model object links against nothing, so these become loops.
struct ExpandMemoryCalls : PassInfoMixin<ExpandMemoryCalls> {
  PreservedAnalyses run(Function &function, FunctionAnalysisManager &analyses) {
    constexpr uint64_t kInlineBytes = 64; // what every supported target stores without a call
    SmallVector<MemIntrinsic *> calls;
    for (BasicBlock &block : function)
      for (Instruction &instruction : block)
        if (auto *call = dyn_cast<MemIntrinsic>(&instruction)) {
          auto *length = dyn_cast<ConstantInt>(call->getLength());
          if (!length || length->getValue().ugt(kInlineBytes))
            calls.push_back(call);
        }
    TargetTransformInfo &costs = analyses.getResult<TargetIRAnalysis>(function);
    for (MemIntrinsic *call : calls) {
      if (auto *copy = dyn_cast<MemCpyInst>(call))
        expandMemCpyAsLoop(copy, costs);
      else if (auto *move = dyn_cast<MemMoveInst>(call))
        expandMemMoveAsLoop(move, costs);
      else
        expandMemSetAsLoop(cast<MemSetInst>(call));
      call->eraseFromParent();
    }
    return calls.empty() ? PreservedAnalyses::all() : PreservedAnalyses::none();
  }
  static bool isRequired() { return true; }
};

void addSanitizer(ModulePassManager &passes, Sanitizer sanitizer) {
  if (sanitizer == Sanitizer::Address)
    passes.addPass(AddressSanitizerPass(AddressSanitizerOptions()));
  if (sanitizer == Sanitizer::Thread) {
    passes.addPass(ModuleThreadSanitizerPass());
    passes.addPass(createModuleToFunctionPassAdaptor(ThreadSanitizerPass()));
  }
}

} // namespace

void optimizeModule(Module &code, TargetMachine &machine, const TargetInfo &target, Sanitizer sanitizer) {
  setFunctionAttributes(code, target, sanitizer);
  internalizeModule(code, staysVisible);

  PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.SLPVectorization = tuning.LoopInterleaving = tuning.LoopUnrolling = true;
  PassBuilder builder(&machine, tuning);
  // Copies become loops before they are vectorised, and again what the optimiser made of stores.
  builder.registerPipelineStartEPCallback([](ModulePassManager &passes, OptimizationLevel) {
    passes.addPass(createModuleToFunctionPassAdaptor(ExpandMemoryCalls()));
  });

  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager callGraph;
  ModuleAnalysisManager modules;
  // No library: the optimiser must not turn loops into calls of memset, nor x*x into pow.
  TargetLibraryInfoImpl library(code.getTargetTriple());
  library.disableAllFunctions();
  functions.registerPass([&] { return TargetLibraryAnalysis(library); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);

  ModulePassManager passes = builder.buildPerModuleDefaultPipeline(OptimizationLevel::O3);
  passes.addPass(createModuleToFunctionPassAdaptor(ExpandMemoryCalls()));
  addSanitizer(passes, sanitizer);
  passes.run(code, modules);
}

} // namespace tern
