//===- compile.cpp - From a checkpoint to the output of any phase -----------===//
#include "compiler/driver/compile.h"

#include "compiler/driver/mlir_phases.h"
#include "compiler/driver/model_object.h"
#include "compiler/driver/output.h"
#include "compiler/driver/register.h"
#include "compiler/driver/resume.h"
#include "compiler/driver/text_bounds.h"
#include "compiler/import/open_model.h"
#include "compiler/object/pack.h"
#include "dialects/step/Step.h"
#include "lib/base/file.h"
#include "lib/object/decoder_exports.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace mlir;

namespace tern {
namespace {

/// The pass that reads such a file parses it as it is.
Status checkChangeText(const std::string &path) {
  constexpr uint64_t kLargest = 1u << 30;
  if (path.empty())
    return {};
  Result<std::string> text = readFile(path, kLargest);
  return text ? checkTextBounds(*text, path) : Status(text.error());
}

/// What an option asks for cannot be done any more when its phase is over.
Status checkPhaseOptions(const CompileOptions &options, Phase begin) {
  for (const PhaseOption &option : options.phaseOptions)
    if (option.onOutput ? begin > option.phase : begin >= option.phase)
      return Error{option.name + " comes too late: it acts in phase " +
                   std::string(kPhases[size_t(option.phase)].name) + ", and " + options.from +
                   " is the output of phase " + std::string(kPhases[size_t(begin)].name)};
  return {};
}

/// Where compilation begins: a module, the phase that it is the output of, and its target.
Result<ResumedModule> beginModule(MLIRContext &context, const CompileOptions &options,
                                  std::optional<Checkpoint> &checkpoint) {
  if (!options.from.empty()) {
    Result<ResumedModule> resumed = readPhase(context, options.from);
    if (resumed && resumed->phase > options.phase)
      return Error{options.from + ": is the output of phase " + std::string(kPhases[size_t(resumed->phase)].name) +
                   ", from which there is no way back to phase " + std::string(kPhases[size_t(options.phase)].name)};
    if (resumed)
      if (Status status = checkPhaseOptions(options, resumed->phase); !status)
        return status.error();
    return resumed;
  }
  Result<OpenedModel> opened =
      openModel(context, options.checkpoint,
                {.cpu = options.cpu,
                 .triple = options.triple,
                 .i2s = options.i2s,
                 .import = {options.context, options.cache, options.floatActivations, options.warn},
                 .onTarget = options.onTarget,
                 .note = options.note});
  if (!opened)
    return opened.error();
  checkpoint = std::move(opened->checkpoint);
  return ResumedModule{std::move(opened->module), Phase::Graph, std::move(opened->target)};
}

Status checkTokenizer(const Checkpoint &checkpoint, const CompileOptions &options) {
  if (options.keepTokenizer && !checkpoint.tokenizerStatus())
    return Error{checkpoint.tokenizerStatus().error().message +
                 "; --no-tokenizer compiles without it, for token ids only"};
  if (!options.checkTokenizer || !options.keepTokenizer || checkpoint.tokenizer().empty())
    return {};
  return options.checkTokenizer(checkpoint.tokenizer(), checkpoint.tokenizerPath());
}

/// A copy for people, without the line table. Making code changes the IR that it is made from, so assembly is made of a
/// copy too.
std::unique_ptr<llvm::Module> readableCopy(const llvm::Module &code) {
  std::unique_ptr<llvm::Module> copy = llvm::CloneModule(code);
  llvm::StripDebugInfo(*copy);
  return copy;
}

/// What the engine calls of every decoder of text. A text of a phase that somebody cut down may lack it.
Status checkExports(ModuleOp module, const CompileOptions &options) {
  bool text = step::findExport(module, kDecodeExport) || step::findExport(module, kPrefillExport);
  if (!text || !options.exported.empty()) // --export asked for a part
    return {};
  for (const char *name : {kDecodeExport, kPrefillExport, kLogitsExport, kLogitsBlockExport})
    if (!step::findExport(module, name))
      return Error{(options.from.empty() ? options.checkpoint : options.from) + ": exports no " + name +
                   ", which a decoder of text needs; stop before phase model with --emit"};
  return {};
}

Status finishPhases(ModuleOp module, const TargetInfo &target, const Checkpoint *checkpoint,
                    const KernelSources &sources, const CompileOptions &options, const PhaseDump &dump,
                    TimingScope &timing) {
  if (options.phase == Phase::Model) {
    if (Status status = checkExports(module, options); !status)
      return status;
    if (Status status = checkWeights(planWeights(module), *checkpoint); !status)
      return status;
  }
  TimingScope scope = timing.nest("code");
  llvm::LLVMContext llvmContext;
  Result<std::unique_ptr<llvm::Module>> code = buildLlvmModule(module, options.sanitizer, llvmContext);
  if (!code)
    return code.error();
  if (dump)
    if (Status status = dump.write(Phase::Llvm, "ll", textOf(*readableCopy(**code))); !status)
      return status;
  if (options.phase == Phase::Llvm)
    return writeOutput(textOf(**code), options.output);

  if (dump || options.phase == Phase::Asm) {
    Result<std::string> assembly = emitCode(*readableCopy(**code), target, CodeForm::Assembly);
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
  return writeModel(module, target, *checkpoint, *object, sources, options);
}

} // namespace

Status compile(const CompileOptions &options) {
  DefaultTimingManager timingManager;
  applyDefaultTimingManagerCLOptions(timingManager);
  TimingScope timing = timingManager.getRootScope();
  Result<PhaseDump> dump = PhaseDump::open(options.dumpFolder);
  if (!dump)
    return dump.error();
  if (Status status = checkOutput(options.output); !status)
    return status;

  for (const std::string &path : {options.kernelChanges.library, options.kernelChanges.transform})
    if (Status status = checkChangeText(path); !status)
      return status;

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
  // A resumed module's checkpoint too is opened before minutes go into its code.
  if (!options.from.empty() && options.phase == Phase::Model) {
    Result<Checkpoint> opened = openCheckpoint(options.checkpoint, options.i2s, options.note);
    if (!opened)
      return opened.error();
    checkpoint = std::move(*opened);
  }
  if (options.phase == Phase::Model)
    if (Status status = checkTokenizer(*checkpoint, options); !status)
      return status;
  ModuleOp module = *begin->module;
  KernelSources sources;
  if (Status status = runMlirPhases(module, begin->phase, options, *dump, timing, sources); !status)
    return status;
  if (options.phase < Phase::Llvm)
    return writeOutput(textOf(module), options.output);
  return finishPhases(module, begin->target, checkpoint ? &*checkpoint : nullptr, sources, options, *dump, timing);
}

} // namespace tern
