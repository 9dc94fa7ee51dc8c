//===- agreement_rules.cpp - How near a model must be to its references -------===//
#include "runtime/measure/eval/agreement_rules.h"

#include <algorithm>
#include <cmath>

namespace tern {

static std::vector<AgreementRules> allRules() {
  AgreementRules codes{.name = "codes", .of = "int8 activation codes"};

  // Nothing can turn, so that every row and every prompt is judged; what is left is the rounding of floats, which grows
  // from layer to layer.
  AgreementRules floats{.name = "floats", .of = "float activations"};
  floats.row = 1e-3;
  floats.onlyClearRows = floats.onlySettledPrompts = false;
  floats.rowsForOneOff = floats.promptsOff = 0;
  floats.logits = 5e-3;
  floats.nll = 1e-3;

  // An input that the cut takes or leaves, or a key of few bits that turns, moves more than one code of 255.
  AgreementRules cuts{.name = "cuts", .of = "top-k activations or quantised keys"};
  cuts.worstLogits = 0.3;
  cuts.nll = 1e-2;

  // A checkpoint trained with float activations, of which Tern leaves 8 bits: its references are another computation's,
  // and nothing is exact. Measured on trilm: rows 2.3e-2 at worst, logits 3.9e-2, 1e-3 of nll_mean, and greedy tokens
  // that part where the reference's margin is 0.026.
  AgreementRules converted{.name = "converted", .of = "float activations, computed here as int8 codes"};
  converted.row = 5e-2;
  converted.onlyClearRows = converted.onlySettledPrompts = false;
  converted.rowsForOneOff = converted.promptsOff = 0;
  converted.logits = converted.worstLogits = 6e-2;
  converted.medianLogits = 3e-2;
  converted.greedyMargin = 0.03;
  converted.nll = 2e-3;

  return {codes, floats, cuts, converted};
}

std::span<const AgreementRules> agreementRules() {
  static const std::vector<AgreementRules> all = allRules();
  return all;
}

const AgreementRules *findAgreementRules(const std::string &name) {
  auto found = std::ranges::find(agreementRules(), name, &AgreementRules::name);
  return found == agreementRules().end() ? nullptr : &*found;
}

const AgreementRules &agreementRulesOf(const Manifest &manifest) {
  switch (manifest.activations) {
  case Activations::Codes:
    break;
  case Activations::TopK:
    return *findAgreementRules("cuts");
  case Activations::Floats:
    return *findAgreementRules("floats");
  case Activations::Converted:
    return *findAgreementRules("converted");
  }
  return *findAgreementRules("codes");
}

Json AgreementRules::toJson() const {
  Json json = {{"name", name},
               {"of", of},
               {"clear", kClear},
               {"settled", kSettled},
               {"row", row},
               {"worst_row", worstRow},
               {"only_clear_rows", onlyClearRows},
               {"rows_for_one_off", rowsForOneOff},
               {"logits", logits},
               {"only_settled_prompts", onlySettledPrompts},
               {"prompts_off", promptsOff},
               {"worst_logits", worstLogits},
               {"greedy_margin", greedyMargin},
               {"nll", nll}};
  if (std::isfinite(medianLogits))
    json["median_logits"] = medianLogits;
  return json;
}

} // namespace tern
