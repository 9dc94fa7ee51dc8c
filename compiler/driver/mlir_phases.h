//===- mlir_phases.h - The phases that are passes over MLIR --------------------===//
#pragma once

#include "compiler/driver/compile.h"
#include "compiler/driver/output.h"
#include "compiler/driver/source_lines.h"

#include "mlir/Support/Timing.h"

namespace tern {

/// The passes from the output of the phase before to that of `phase`, which has none in the graph, since the import
/// makes it, and none behind the LLVM dialect: models, benchmarks, the tuner and tests all come to code by these.
void buildPhase(Phase phase, mlir::OpPassManager &manager, const CompileOptions &options);

/// Runs the pipelines of the phases after `begin` up to options.phase (to the LLVM dialect for the
/// phases behind it), writes each output to `dump`, and times each under `timing`. What the options
/// change in a phase's output (only, kernelChanges) is changed in that of `begin` too. For phases obj and model the
/// code gets a line table, when phase tiled is among those run, and `sources` the text that it leads to.
Status runMlirPhases(mlir::ModuleOp module, Phase begin, const CompileOptions &options, const PhaseDump &dump,
                     mlir::TimingScope &timing, KernelSources &sources);

} // namespace tern
