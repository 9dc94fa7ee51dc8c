//===- compile.cpp - From a checkpoint to the output of any phase -----------===//
#include "compiler/driver/compile.h"

#include "compiler/driver/model_object.h"
#include "compiler/driver/register.h"
#include "compiler/import/import.h"
#include "compiler/llvm/pipeline.h"
#include "compiler/lower/pipeline.h"
#include "compiler/select/pipeline.h"
#include "compiler/tile/pipeline.h"
#include "lib/base/file.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tern {
namespace {

/// Keeps the first error that passes report and hands on the rest.
class DiagnosticKeeper {
public:
  DiagnosticKeeper(MLIRContext &context, const CompileOptions &options)
      : handler(&context, [&](Diagnostic &diagnostic) {
          std::string text = diagnostic.str();
          if (diagnostic.getSeverity() == DiagnosticSeverity::Error && error.empty())
            error = text;
          else if (options.report && diagnostic.getSeverity() == DiagnosticSeverity::Remark)
            options.report(text);
        }) {}
  std::string error;

private:
  ScopedDiagnosticHandler handler;
};

Status writeOutput(const std::string &bytes, const std::string &path) {
  if (path == "-") {
    llvm::outs() << bytes;
    llvm::outs().flush();
    if (!llvm::outs().has_error())
      return {};
    std::string reason = llvm::outs().error().message();
    llvm::outs().clear_error(); // or its destructor would end the process
    return Error{"cannot write to standard output: " + reason};
  }
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.error();
  if (Status status = file->write(bytes); !status)
    return status;
  return file->commit();
}

std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  stream << '\n';
  return text;
}

/// Runs the MLIR phases after the import up to `last`; all of them for phases behind the LLVM
/// dialect.
Status runMlirPhases(ModuleOp module, const CompileOptions &options,
                     DiagnosticKeeper &diagnostics) {
  auto run = [&](Phase phase, llvm::function_ref<void(OpPassManager &)> build) -> Status {
    if (options.phase < phase)
      return {};
    PassManager manager(module.getContext());
    build(manager);
    if (succeeded(manager.run(module)))
      return {};
    return Error{options.checkpoint + ": " +
                 (diagnostics.error.empty() ? "a pass failed" : diagnostics.error)};
  };
  auto select = [&](OpPassManager &manager) {
    SelectOptions selectOptions;
    selectOptions.block = options.prefillBlock;
    selectOptions.family = options.kernelFamily;
    selectOptions.remarks = options.remarks;
    buildSelectPipeline(manager, selectOptions);
  };
  if (Status status = run(Phase::Ternary, select); !status)
    return status;
  if (Status status = run(Phase::Tiled, buildTilePipeline); !status)
    return status;
  if (Status status = run(Phase::Vector, buildLowerPipeline); !status)
    return status;
  return run(Phase::Llvm, buildLlvmPipeline);
}

} // namespace

Status compile(const CompileOptions &options) {
  Result<TargetInfo> target = resolveTarget(options.cpu, options.triple);
  if (!target)
    return target.error();
  if (options.onTarget)
    options.onTarget(*target);
  Result<Checkpoint> checkpoint = Checkpoint::open(options.checkpoint);
  if (!checkpoint)
    return checkpoint.error();

  DialectRegistry registry;
  registerDialects(registry);
  // One thread: the passes take milliseconds, and a pool of threads costs memory.
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  DiagnosticKeeper diagnostics(context, options);
  Result<OwningOpRef<ModuleOp>> module = importCheckpoint(context, *checkpoint, {options.context});
  if (!module)
    return module.error();
  setTarget(**module, *target);
  if (Status status = runMlirPhases(**module, options, diagnostics); !status)
    return status;
  if (options.phase < Phase::Llvm)
    return writeOutput(textOf(**module), options.output);

  llvm::LLVMContext llvmContext;
  Result<std::unique_ptr<llvm::Module>> code =
      buildLlvmModule(**module, options.sanitizer, llvmContext);
  if (!code)
    return code.error();
  if (options.phase == Phase::Llvm) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    (*code)->print(stream, nullptr);
    return writeOutput(text, options.output);
  }
  CodeForm form = options.phase == Phase::Asm ? CodeForm::Assembly : CodeForm::Object;
  Result<std::string> machineCode = emitCode(**code, *target, form);
  if (!machineCode)
    return machineCode.error();
  if (options.phase != Phase::Model)
    return writeOutput(*machineCode, options.output);
  code->reset(); // the model's code is text by now; what is packed next needs the memory
  return writeModel(**module, *target, *checkpoint, *machineCode, options);
}

} // namespace tern
