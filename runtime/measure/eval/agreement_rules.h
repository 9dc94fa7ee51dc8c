//===- agreement_rules.h - How near a model must be to its references ---------===//
//
// All tolerances of tern-eval --reference, for every family, with their reasons. Errors are relative L2, ||a - b|| /
// ||b||, of the logits at a position or of a row that a layer gives.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/object/manifest.h"

#include <limits>
#include <span>
#include <string>

namespace tern {

/// The numbers of the one rule for a kind of model. What is not said otherwise is that of int8 activation codes.
struct AgreementRules {
  std::string name; ///< "codes"
  std::string of;   ///< for people: which models

  // A decoder layer alone, on the stored input (lockstep.safetensors).
  /// Behind a border between two codes, rows part by 1e-3 to 1e-1, and elsewhere by the rounding of floats: torch's own
  /// float32 is within 8e-6.
  double row = 1e-5;
  /// One code turned moves a row of the zoo by up to 0.1; a wrong layer is off by more than 1.
  double worstRow = 0.15;
  /// Whether only clear rows must agree: those that no code on a border can have turned.
  bool onlyClearRows = true;
  /// Of so many clear rows one may be off, since a margin of 1e-5 does not bound every order of a float sum; 0: none
  /// may.
  int64_t rowsForOneOff = 20;

  // The whole model, in one block and token by token.
  double logits = 1e-5;
  /// Whether only settled prompts must agree: those whose two references do, so that no code is on a border in them.
  bool onlySettledPrompts = true;
  /// Our float sums have a third order, in which one prompt may meet a border that both references miss.
  int64_t promptsOff = 1;
  /// A turned code moves the logits behind it by 1e-3 to 1e-1 at most; those of another model are off by 1.4.
  double worstLogits = 0.1;
  /// Half of the positions of each prompt are within this.
  double medianLogits = std::numeric_limits<double>::infinity();
  /// Greedy tokens may part at the first place where a reference's two largest logits are nearer than this.
  double greedyMargin = 0.05;
  /// Of nll_mean: float32 and float64 differ in the windows by up to 3e-3 where activations are codes.
  double nll = 5e-3;

  /// Margins above this make a row clear, and references within this of each other a prompt settled.
  static constexpr double kClear = 1e-5, kSettled = 1e-5;

  Json toJson() const;
};

/// Those of all kinds: "codes", "floats", "cuts", "converted".
std::span<const AgreementRules> agreementRules();
/// Null when there are none of this name.
const AgreementRules *findAgreementRules(const std::string &name);
/// The rules for a model, by the activations that its manifest names. No object computes with float activations or
/// quantised keys yet.
const AgreementRules &agreementRulesOf(const Manifest &manifest);

} // namespace tern
