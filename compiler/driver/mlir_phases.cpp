//===- mlir_phases.cpp - The phases that are passes over MLIR ------------------===//
#include "compiler/driver/mlir_phases.h"

#include "compiler/driver/diagnostics.h"
#include "compiler/driver/schedule.h"
#include "compiler/driver/statistics.h"
#include "compiler/machine/pipeline.h"
#include "compiler/select/passes.h"
#include "compiler/select/pipeline.h"
#include "compiler/steps/kernels/kernel_changes.h"
#include "compiler/steps/pipeline.h"
#include "compiler/vector/pipeline.h"

#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace tern {
void buildPhase(Phase phase, OpPassManager &manager, const CompileOptions &options) {
  switch (phase) {
  case Phase::Graph:
    return;
  case Phase::Ternary: {
    SelectOptions selectOptions;
    selectOptions.block = options.prefillBlock;
    selectOptions.family = options.kernelFamily;
    selectOptions.lmHead = options.lmHead;
    selectOptions.tuning = options.tuning;
    selectOptions.schedule = options.schedule;
    return buildSelectPipeline(manager, selectOptions);
  }
  case Phase::Tiled:
    return buildStepsPipeline(manager);
  case Phase::Vector:
    return buildVectorPipeline(manager);
  default:
    return buildMachinePipeline(manager);
  }
}

namespace {

/// What the user asks to be changed in the output of a phase.
void refinePhase(Phase phase, OpPassManager &manager, const CompileOptions &options) {
  if (phase == Phase::Graph && !options.only.empty())
    manager.addPass(createTernOnly({options.only}));
  if (phase == Phase::Ternary && !options.exported.empty())
    manager.addPass(createStepKeepExport({options.exported}));
  if (phase == Phase::Tiled)
    addKernelChanges(manager, {options.kernelChanges.library, ""});
}

/// MLIR's own options, and what is reported of passes.
Status configure(PassManager &manager, const CompileOptions &options) {
  if (options.mlirOptions && failed(applyPassManagerCLOptions(manager)))
    return Error{"MLIR's options do not go together; see ternc --help-hidden"};
  reportStatistics(manager);
  return {};
}

/// The script of --transform; one that changes nothing has not done what it was written for.
Status runTransform(ModuleOp module, const CompileOptions &options, const DiagnosticKeeper &diagnostics,
                    const std::string &source) {
  const std::string &script = options.kernelChanges.transform;
  OperationFingerPrint before(module);
  PassManager manager(module.getContext());
  if (Status status = configure(manager, options); !status)
    return status;
  addKernelChanges(manager, {"", script});
  if (failed(manager.run(module)))
    return Error{source + ": " + diagnostics.firstError("a pass failed")};
  if (OperationFingerPrint(module) == before)
    return Error{script + ": changes nothing: what it matches is not in the output of phase tiled"};
  return {};
}

Status writeSchedule(ModuleOp module, const std::string &path) {
  Result<TargetInfo> target = getTarget(module);
  return target ? scheduleOf(module, *target).write(path) : Status(target.error());
}

} // namespace

Status runMlirPhases(ModuleOp module, Phase begin, const CompileOptions &options, const PhaseDump &dump,
                     TimingScope &timing, KernelSources &sources) {
  if (!options.scheduleOutput.empty() && (begin > Phase::Ternary || options.phase < Phase::Ternary))
    return Error{options.scheduleOutput + ": no schedule, since phase ternary is not run"};
  DiagnosticKeeper diagnostics(*module.getContext());
  const std::string &source = options.from.empty() ? options.checkpoint : options.from;
  bool lineTable = false;
  for (const PhaseInfo &info : kPhases) {
    if (info.phase > std::min(options.phase, Phase::Llvm))
      break;
    if (info.phase < begin)
      continue;
    PassManager manager(module.getContext());
    if (Status status = configure(manager, options); !status)
      return status;
    TimingScope scope = timing.nest(StringRef(info.name));
    manager.enableTiming(scope);
    if (info.phase > begin)
      buildPhase(info.phase, manager, options);
    refinePhase(info.phase, manager, options);
    if (info.phase == Phase::Llvm && lineTable)
      manager.addPass(LLVM::createDIScopeForLLVMFuncOpPass());
    if (failed(manager.run(module)))
      return Error{source + ": " + diagnostics.firstError("a pass failed")};
    if (info.phase == Phase::Tiled && !options.kernelChanges.transform.empty())
      if (Status status = runTransform(module, options, diagnostics, source); !status)
        return status;
    if (info.phase == Phase::Tiled && options.phase >= Phase::Obj) { // in text a line table would hide the code
      sources = locateInTiledText(module);
      lineTable = true;
    }
    if (info.phase == Phase::Ternary && !options.scheduleOutput.empty())
      if (Status status = writeSchedule(module, options.scheduleOutput); !status)
        return status;
    if (dump)
      if (Status status = dump.write(info.phase, "mlir", textOf(module)); !status)
        return status;
  }
  return {};
}

} // namespace tern
