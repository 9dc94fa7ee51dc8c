//===- compile.h - From a checkpoint to the output of any phase -------------===//
#pragma once

#include "compiler/driver/remarks.h"
#include "compiler/import/import.h"
#include "compiler/machine/codegen.h"
#include "compiler/object/pack.h"
#include "compiler/phases.h"
#include "compiler/steps/kernels/kernel_changes.h"
#include "lib/base/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// An option of the command line that acts in one phase only.
struct PhaseOption {
  std::string name; ///< "--kernel"
  Phase phase;
  bool onOutput; ///< changes the phase's output, and not how it is reached
};

struct CompileOptions {
  /// Folder or GGUF file. With `from` it may be empty, unless phase model is to be made: the weights come from it.
  std::string checkpoint;
  I2sBlocks i2s = I2sBlocks::X86;   ///< of a GGUF file, which does not say it
  std::string from;                 ///< the MLIR text of an earlier phase to go on from, or empty
  std::string output;               ///< file, or "-" for standard output (not for phase model)
  std::string dumpFolder;           ///< every phase's output goes there too, numbered; or empty
  Phase phase = Phase::Model;       ///< where to stop
  std::string tuning;               ///< tern-tune's file for the target, or empty
  std::string schedule;             ///< edited choices that win over all others (docs/tuning.md), or empty
  std::string scheduleOutput;       ///< where the choices of phase ternary are written, or empty
  KernelChanges kernelChanges;      ///< made in the output of phase tiled
  std::string only;                 ///< keep this one linear layer, or empty
  std::string exported;             ///< keep this one export from phase ternary on, or empty
  std::string cpu = "host", triple; ///< not looked at with `from`, whose module has a target
  int64_t prefillBlock = 128;       ///< most tokens in one prefill step
  int64_t context = 0;              ///< positions; 0: what the checkpoint has
  CacheElement cache =
      CacheElement::F32; ///< what keys and values are stored as; f16 moves logits by 3e-3 to 1e-2 (docs/numerics.md)
  /// The codes that stand in for float activations, if they were chosen; an error for a model that has none.
  std::optional<ActivationCodes> floatActivations = {};
  std::string kernelFamily;              ///< instead of the cheapest
  std::string lmHead = "auto";           ///< output head: "screened" by low-bit codes, "full", or by the cost model
  bool keepTokenizer = true;             ///< the model object holds the checkpoint's tokenizer.json
  RemarkForm remarks = RemarkForm::None; ///< say each choice through `report`
  Sanitizer sanitizer = Sanitizer::None;
  /// Those given: one whose phase is over in `from` is an error.
  std::vector<PhaseOption> phaseOptions;
  bool mlirOptions = false; ///< MLIR's own command-line options were registered, and apply

  /// Whether the runtime reads this tokenizer.json (its text, its path); asked before code is made for a model object
  /// that keeps it. Empty: every one is taken.
  std::function<Status(std::string_view, const std::string &)> checkTokenizer;
  std::function<void(const TargetInfo &)> onTarget; ///< told the target once it is known
  std::function<void(const std::string &)> report;  ///< remarks, a line each
  std::function<void(const std::string &)> note;    ///< told what was taken for what (Checkpoint::notes)
  std::function<void(const std::string &)> warn;    ///< told what the model does not do as it was trained
  PackProgress progress;                            ///< while weights are packed
};

/// Runs the phases in the order of phases.h up to `phase` and writes its output. On an error
/// nothing is left at `output`. MLIR's own options (printing after passes, timing, statistics,
/// crash reproducers) apply when the program has registered them.
Status compile(const CompileOptions &options);

} // namespace tern
