//===- explain.h - A kernel's assembly with where it comes from -----------------===//
#pragma once

#include "compiler/explain/disassemble.h"
#include "compiler/explain/instruction_mix.h"
#include "compiler/explain/machine_model.h"
#include "lib/base/json.h"
#include "lib/object/manifest.h"

#include <optional>
#include <string>
#include <vector>

namespace tern {

/// One kernel of a model object, read again from its bytes.
struct KernelExplanation {
  TargetInfo target;
  ManifestKernel kernel;
  MachineFunction function;
  std::optional<std::pair<size_t, size_t>> loop; ///< its hot loop, as in MachineFunction::hotLoop
  std::vector<MixEntry> mix;                     ///< of the loop; of the function when there is none
  std::optional<LoopPrediction> prediction;      ///< of the loop
  std::string noPrediction;                      ///< why there is none
  double matrixBytes = 0;                        ///< of the packed weights
  double weightBytes = 0; ///< packed weights that one iteration loads; 0 when the line table does not tell
};

/// What running the kernel on this machine showed, beside the prediction.
struct KernelMeasurement {
  double secondsHot = 0;  ///< of one call, all data in the caches
  double secondsCold = 0; ///< of one call, weights from memory
  double clock = 0;       ///< cycles per second of the core meanwhile
};

/// Explains the kernel `name` of the object `bytes`, whose manifest this is; `path` begins errors. An error when the
/// manifest has no such kernel (lists those that there are) or the object's code is damaged.
Result<KernelExplanation> explainKernel(const Manifest &manifest, llvm::StringRef bytes, const std::string &name,
                                        const std::string &path);

/// For people: the assembly under the lines of phase tiled that it was made from, the hot loop marked, its mix,
/// prediction and measurement.
std::string explanationText(const KernelExplanation &explanation, const std::optional<KernelMeasurement> &measured);
Json explanationJson(const KernelExplanation &explanation, const std::optional<KernelMeasurement> &measured);

} // namespace tern
