//===- linear_rules.h - What a checkpoint says of the inputs of its linears --===//
//
// Some papers' models have no published checkpoints and so no published form: BitNet a4.8 (2411.04965), BitNet v2
// (2504.18415), Q-Sparse (2407.10969), BitNet b1.58 Reloaded (2407.09527). Their checkpoints say in config.json, under
// the key "tern", what happens to the inputs of each linear before the product:
//
//   "tern": {"weight_quant": "absmean" | "absmedian",
//            "activation_quant": {"q": "int8-absmax" | "int8-absmax128" | "int4-absmean", ... by role},
//            "hadamard": [roles], "keep": {role: fraction}, "keep_block": B, "inner_norm": "layer_norm"}
//
// Roles are q, k, v, o, gate, up and down. The steps are, each where it is asked for: inner norm, Hadamard transform,
// keep the largest, round to codes, multiply by the weights (masters, made ternary at load), divide by both scales.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/checkpoint/quantization.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tern {

enum class CodesRule { Int8Absmax, Int8Absmax128, Int4Absmean };

/// What happens to the inputs of one linear.
struct LinearRule {
  CodesRule codes = CodesRule::Int8Absmax;
  bool hadamard = false;
  double keep = 1; ///< the fraction of the inputs, by magnitude, that are not made zero
  bool operator==(const LinearRule &) const = default;
};

struct LinearRules {
  bool median = false; ///< weights are divided by the median of their magnitudes instead of the mean
  std::map<std::string, LinearRule> roles;
  int64_t keepBlock = 0; ///< inputs of a run that `keep` is of; 0: the whole row
  bool innerLayerNorm = false;

  bool anyHadamard() const;
  bool anyKeep() const;
};

/// Reads the key "tern" of config.json; none without it. What is not understood is an error of `config`, as is a
/// quantization_config beside it.
std::optional<LinearRules> readLinearRules(ConfigReader &config);

/// The same for who asks only what they are, to tell a family by it.
std::optional<LinearRules> linearRulesOf(const ConfigFiles &files);

/// How linears that have rules are quantised: from master weights, whose scale their products are divided by.
Quantization quantizationOf(const LinearRules &rules);

} // namespace tern
