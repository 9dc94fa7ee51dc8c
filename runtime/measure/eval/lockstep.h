//===- lockstep.h - Each decoder layer alone beside its reference ------------===//
#pragma once

#include "lib/base/result.h"
#include "runtime/measure/eval/agreement.h"
#include "runtime/measure/eval/agreement_rules.h"
#include "runtime/model/model.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tern {

/// A layer of a prompt: what entered it in the reference's run, and what it should make of exactly that.
struct LockstepLayer {
  int64_t prompt = 0, layer = 0;
  int64_t rows = 0, inputColumns = 0, outputColumns = 0;
  std::vector<float> input, output; ///< [rows][columns]
  /// How far each row's nearest activation is from a border of two codes, and its nearest cut from being made
  /// otherwise. Empty: none is stored, since the layer has no codes, or no cuts.
  std::vector<float> codeMargin, cutMargin;

  std::string name() const; ///< "prompt_0.layer_1"
  /// Of each row, whether its own and all earlier margins are above AgreementRules::kClear. Nothing when none are
  /// stored.
  std::optional<std::vector<bool>> clearRows() const;
};

/// All layers of lockstep.safetensors, by prompt and layer. Any other tensor than theirs is an error, and so is one
/// that is missing or has another shape than its layer's.
Result<std::vector<LockstepLayer>> readLockstep(const std::string &path);

/// What a model made of a layer: the relative L2 error of each row.
struct LockstepErrors {
  const LockstepLayer *layer;
  std::vector<double> rows;
};

/// Adds "layers" to the report, and its failures.
void judgeLockstep(std::span<const LockstepErrors> layers, const AgreementRules &rules, Agreement &agreement);

/// Runs every layer by the model's export of it ("blk.0") and judges. Layers that the model does not export, and
/// exported ones that the file does not have, are named as not judged. An error when a layer does not fit the model.
Status compareLockstep(const std::shared_ptr<Model> &model, uint64_t threads, std::span<const LockstepLayer> layers,
                       const AgreementRules &rules, Agreement &agreement);

} // namespace tern
