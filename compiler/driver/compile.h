//===- compile.h - From a checkpoint to the output of any phase -------------===//
#pragma once

#include "compiler/emit/codegen.h"
#include "compiler/emit/pack.h"
#include "compiler/phases.h"
#include "lib/base/result.h"

#include <cstdint>
#include <functional>
#include <string>

namespace tern {

struct CompileOptions {
  std::string checkpoint;     ///< folder
  std::string output;         ///< file, or "-" for standard output (not for phase model)
  Phase phase = Phase::Model; ///< where to stop
  std::string cpu = "host", triple;
  int64_t prefillBlock = 32; ///< most tokens in one prefill step
  int64_t context = 0;       ///< positions; 0: what the checkpoint has
  std::string kernelFamily;  ///< instead of the cheapest
  bool remarks = false;      ///< say each choice through `report`
  Sanitizer sanitizer = Sanitizer::None;

  std::function<void(const TargetInfo &)> onTarget; ///< told the target once it is known
  std::function<void(const std::string &)> report;  ///< remarks and warnings, a line each
  PackProgress progress;                            ///< while weights are packed
};

/// Runs the phases in the order of phases.h up to `phase` and writes its output. On an error
/// nothing is left at `output`.
Status compile(const CompileOptions &options);

} // namespace tern
