//===- codegen.cpp - From the LLVM dialect to machine code -------------------===//
#include "compiler/machine/codegen.h"

#include "compiler/dense/read_dense_kernel.h"
#include "compiler/machine/model_frame.h"
#include "compiler/machine/optimize.h"
#include "compiler/operators/operators.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

namespace tern {

std::optional<Sanitizer> parseSanitizer(std::string_view name) {
  if (name == "none")
    return Sanitizer::None;
  if (name == "address")
    return Sanitizer::Address;
  if (name == "thread")
    return Sanitizer::Thread;
  return std::nullopt;
}

/// A copy of the module that holds what LLVM IR can say: functions and globals.
static mlir::OwningOpRef<mlir::ModuleOp> cloneCode(mlir::ModuleOp module) {
  mlir::OwningOpRef<mlir::ModuleOp> code = module.clone();
  for (mlir::Operation &op : llvm::make_early_inc_range(code->getOps()))
    if (!mlir::isa<mlir::LLVM::LLVMDialect>(op.getDialect()))
      op.erase();
  for (mlir::NamedAttribute attr : llvm::to_vector((*code)->getDiscardableAttrs()))
    (*code)->removeDiscardableAttr(attr.getName());
  return code;
}

Result<std::unique_ptr<llvm::Module>> translateCode(mlir::ModuleOp module, const std::string &name,
                                                    llvm::TargetMachine &machine, llvm::LLVMContext &context) {
  mlir::OwningOpRef<mlir::ModuleOp> source = cloneCode(module);
  std::unique_ptr<llvm::Module> code = mlir::translateModuleToLLVMIR(*source, context, name);
  if (!code)
    return Error{"phase llvm: the module cannot be translated to LLVM IR"};
  code->setTargetTriple(machine.getTargetTriple());
  code->setDataLayout(machine.createDataLayout());
  return code;
}

/// Gives every dense kernel that the module declares its body.
static Status defineDenseKernels(mlir::ModuleOp module, llvm::Module &code, const TargetInfo &target) {
  DenseCache cache{denseKinds()};
  for (mlir::Operation &op : module.getOps()) {
    if (!isDenseKernel(&op))
      continue;
    Result<DenseKernel> kernel = readDenseKernel(&op);
    if (!kernel)
      return kernel.error();
    if (Status status = defineDenseKernel(code, *kernel, target, cache); !status)
      return status;
  }
  return {};
}

Result<std::unique_ptr<llvm::Module>> buildLlvmModule(mlir::ModuleOp module, Sanitizer sanitizer,
                                                      llvm::LLVMContext &context) {
  Result<TargetInfo> target = getTarget(module);
  if (!target)
    return target.error();
  Result<std::unique_ptr<llvm::TargetMachine>> machine = createTargetMachine(*target);
  if (!machine)
    return machine.error();
  Result<tern_model_header> header = describeModel(module, *target);
  if (!header)
    return header.error();

  Result<std::unique_ptr<llvm::Module>> translated =
      translateCode(module, module.getName().value_or("model").str(), **machine, context);
  if (!translated)
    return translated;
  std::unique_ptr<llvm::Module> code = std::move(*translated);

  // The line table knows a declaration only as such; the dense kernels that get their bodies now have no lines.
  for (llvm::Function &function : *code)
    if (function.isDeclaration())
      function.setSubprogram(nullptr);
  if (Status defined = defineDenseKernels(module, *code, *target); !defined)
    return defined.error();
  addModelFrame(*code, module, *header,
                sanitizer == Sanitizer::Address  ? TERN_SANITIZER_ADDRESS
                : sanitizer == Sanitizer::Thread ? TERN_SANITIZER_THREAD
                                                 : TERN_SANITIZER_NONE);
  optimizeModule(*code, **machine, *target, sanitizer);

  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyModule(*code, &stream))
    return Error{"phase llvm: invalid LLVM IR: " + problem.substr(0, problem.find('\n'))};
  return code;
}

Result<std::string> emitCode(llvm::Module &code, const TargetInfo &target, CodeForm form) {
  Result<std::unique_ptr<llvm::TargetMachine>> machine = createTargetMachine(target);
  if (!machine)
    return machine.error();
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  auto type = form == CodeForm::Object ? llvm::CodeGenFileType::ObjectFile : llvm::CodeGenFileType::AssemblyFile;
  if ((*machine)->addPassesToEmitFile(passes, stream, nullptr, type))
    return Error{"LLVM cannot emit code for '" + target.triple + "'"};
  passes.run(code);
  return std::string(bytes);
}

} // namespace tern
