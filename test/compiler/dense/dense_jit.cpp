//===- dense_jit.cpp - Runs dense kernels in the test's own process -------===//
#include "test/compiler/dense/dense_jit.h"

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

#include <algorithm>
#include <cmath>

namespace tern::test {

std::vector<RunnableTarget> runnableTargets() {
  std::string triple = llvm::sys::getProcessTriple();
  RunnableTarget host{"host", {.triple = triple}};
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    if (feature.second)
      host.target.features.push_back("+" + feature.first().str());
  std::vector<RunnableTarget> targets = {host};
  if (triple.starts_with("x86_64")) {
    if (host.target.has("avx2") && host.target.has("fma"))
      targets.push_back({"avx2", {.triple = triple, .features = {"+sse4.1", "+avx", "+avx2", "+fma", "+f16c"}}});
    targets.push_back({"baseline", {.triple = triple}});
  }
  return targets;
}

namespace {

template <typename T> T expectOk(llvm::Expected<T> value) {
  if (!value) {
    ADD_FAILURE() << llvm::toString(value.takeError());
    std::abort();
  }
  return std::move(*value);
}

/// `void run(ptr words)`: calls the kernel with the words as its arguments.
void addCaller(llvm::Module &module, llvm::Function *kernel) {
  llvm::IRBuilder<> b(module.getContext());
  auto *type = llvm::FunctionType::get(b.getVoidTy(), {b.getPtrTy()}, false);
  auto *run = llvm::Function::Create(type, llvm::Function::ExternalLinkage, "run", module);
  b.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "", run));
  llvm::SmallVector<llvm::Value *> arguments;
  for (const llvm::Argument &argument : kernel->args())
    arguments.push_back(
        b.CreateLoad(argument.getType(), b.CreateConstGEP1_64(b.getInt64Ty(), run->getArg(0), argument.getArgNo())));
  b.CreateCall(kernel, arguments);
  b.CreateRetVoid();
}

} // namespace

llvm::Function *declareKernel(llvm::Module &module, const DenseKernel &kernel) {
  llvm::Type *word = llvm::Type::getInt64Ty(module.getContext()),
             *pointer = llvm::PointerType::get(module.getContext(), 0);
  llvm::SmallVector<llvm::Type *> types;
  for (const DenseOperand &operand : kernel.operands) {
    if (operand.element != DenseElement::Index)
      types.append({pointer, pointer});
    types.append(operand.element == DenseElement::Index ? 1 : 1 + 2 * operand.shape.size(), word);
  }
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(module.getContext()), types, false);
  return llvm::Function::Create(type, llvm::Function::ExternalLinkage, kernel.symbol, module);
}

struct CompiledKernel::State {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void (*run)(const uint64_t *) = nullptr;
};

CompiledKernel::CompiledKernel(const DenseKernel &kernel, const TargetInfo &target) : state(std::make_unique<State>()) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::orc::JITTargetMachineBuilder builder((llvm::Triple(target.triple)));
  builder.setCPU("x86-64");
  if (!llvm::Triple(target.triple).isX86())
    builder.setCPU("generic");
  builder.addFeatures(target.features);
  auto machine = expectOk(builder.createTargetMachine());

  auto context = std::make_unique<llvm::LLVMContext>();
  auto module = std::make_unique<llvm::Module>("test", *context);
  module->setTargetTriple(machine->getTargetTriple());
  module->setDataLayout(machine->createDataLayout());
  llvm::Function *function = declareKernel(*module, kernel);
  DenseCache cache{denseKinds()};
  Status defined = defineDenseKernel(*module, kernel, target, cache);
  if (!defined) {
    ADD_FAILURE() << defined.error().message;
    std::abort();
  }
  for (const llvm::Function &other : *module)
    EXPECT_TRUE(&other == function || other.isIntrinsic()) << other.getName().str() << " is left beside the kernel";
  addCaller(*module, function);
  EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));

  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes(machine.get());
  // As in ternc: there is no library, so no loop becomes a call of memset.
  llvm::TargetLibraryInfoImpl library(module->getTargetTriple());
  library.disableAllFunctions();
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(library); });
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(sccs);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, sccs, modules);
  passes.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(*module, modules);
  llvm::raw_string_ostream(ir) << *module;

  // The process's symbols are not offered: a call of any library function does not link.
  state->jit = expectOk(llvm::orc::LLJITBuilder()
                            .setJITTargetMachineBuilder(builder)
                            .setLinkProcessSymbolsByDefault(false)
                            .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                            .create());
  llvm::cantFail(state->jit->addIRModule(llvm::orc::ThreadSafeModule(std::move(module), std::move(context))));
  state->run = expectOk(state->jit->lookup("run")).toPtr<void (*)(const uint64_t *)>();
}

CompiledKernel::~CompiledKernel() = default;

void CompiledKernel::call(std::span<const uint64_t> words) { state->run(words.data()); }

double Numbers::uniform() {
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  return double(state >> 11) * 0x1p-53;
}

float Numbers::normal() {
  double sum = 0;
  for (int i = 0; i < 12; ++i)
    sum += uniform();
  return float(sum - 6);
}

} // namespace tern::test
