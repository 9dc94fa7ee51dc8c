//===- compile.cpp - From a checkpoint to the output of any phase -----------===//
#include "compiler/driver/compile.h"

#include "compiler/driver/mlir_phases.h"
#include "compiler/driver/model_object.h"
#include "compiler/driver/output.h"
#include "compiler/driver/register.h"
#include "compiler/driver/resume.h"
#include "compiler/import/import.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace mlir;

namespace tern {
namespace {

/// Where compilation begins: a module, the phase that it is the output of, and its target.
Result<ResumedModule> beginModule(MLIRContext &context, const CompileOptions &options,
                                  std::optional<Checkpoint> &checkpoint) {
  if (!options.from.empty()) {
    Result<ResumedModule> resumed = readPhase(context, options.from);
    if (resumed && resumed->phase > options.phase)
      return Error{options.from + ": is the output of phase " +
                   std::string(kPhases[size_t(resumed->phase)].name) +
                   ", from which there is no way back to phase " +
                   std::string(kPhases[size_t(options.phase)].name)};
    return resumed;
  }
  Result<TargetInfo> target = resolveTarget(options.cpu, options.triple);
  if (!target)
    return target.error();
  if (options.onTarget)
    options.onTarget(*target);
  Result<Checkpoint> opened = Checkpoint::open(options.checkpoint);
  if (!opened)
    return opened.error();
  checkpoint = std::move(*opened);
  Result<OwningOpRef<ModuleOp>> module = importCheckpoint(context, *checkpoint, {options.context, options.cache});
  if (!module)
    return module.error();
  setTarget(**module, *target);
  return ResumedModule{std::move(*module), Phase::Graph, *target};
}

/// Assembly or object code of a copy: making code changes the IR that it is made from.
Result<std::string> emitCopy(const llvm::Module &code, const TargetInfo &target, CodeForm form) {
  return emitCode(*llvm::CloneModule(code), target, form);
}

Status finishPhases(ModuleOp module, const TargetInfo &target, const Checkpoint *checkpoint,
                    const CompileOptions &options, const PhaseDump &dump, TimingScope &timing) {
  TimingScope scope = timing.nest("code");
  llvm::LLVMContext llvmContext;
  Result<std::unique_ptr<llvm::Module>> code =
      buildLlvmModule(module, options.sanitizer, llvmContext);
  if (!code)
    return code.error();
  if (dump)
    if (Status status = dump.write(Phase::Llvm, "ll", textOf(**code)); !status)
      return status;
  if (options.phase == Phase::Llvm)
    return writeOutput(textOf(**code), options.output);

  if (dump || options.phase == Phase::Asm) {
    Result<std::string> assembly = emitCopy(**code, target, CodeForm::Assembly);
    if (!assembly)
      return assembly.error();
    if (Status status = dump.write(Phase::Asm, "s", *assembly); !status)
      return status;
    if (options.phase == Phase::Asm)
      return writeOutput(*assembly, options.output);
  }
  Result<std::string> object = emitCode(**code, target, CodeForm::Object);
  if (!object)
    return object.error();
  if (Status status = dump.write(Phase::Obj, "o", *object); !status)
    return status;
  if (options.phase == Phase::Obj)
    return writeOutput(*object, options.output);
  code->reset(); // the model's code is text by now; what is packed next needs the memory
  scope.stop();
  scope = timing.nest("model");
  return writeModel(module, target, *checkpoint, *object, options);
}

} // namespace

Status compile(const CompileOptions &options) {
  DefaultTimingManager timingManager;
  applyDefaultTimingManagerCLOptions(timingManager);
  TimingScope timing = timingManager.getRootScope();
  Result<PhaseDump> dump = PhaseDump::open(options.dumpFolder);
  if (!dump)
    return dump.error();

  DialectRegistry registry;
  registerDialects(registry);
  // One thread: the passes take milliseconds, and a pool of threads costs memory.
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  if (options.remarks != RemarkForm::None)
    reportRemarks(context, options.remarks, options.report);
  std::optional<Checkpoint> checkpoint;
  Result<ResumedModule> begin = beginModule(context, options, checkpoint);
  if (!begin)
    return begin.error();
  // The weights of a resumed module are looked up before minutes go into its code.
  if (!options.from.empty() && options.phase == Phase::Model) {
    Result<Checkpoint> opened = Checkpoint::open(options.checkpoint);
    if (!opened)
      return opened.error();
    checkpoint = std::move(*opened);
  }
  ModuleOp module = *begin->module;
  if (Status status = runMlirPhases(module, begin->phase, options, *dump, timing); !status)
    return status;
  if (options.phase < Phase::Llvm)
    return writeOutput(textOf(module), options.output);
  return finishPhases(module, begin->target, checkpoint ? &*checkpoint : nullptr, options, *dump,
                      timing);
}

} // namespace tern
