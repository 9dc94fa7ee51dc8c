//===- agreement.h - A compiled model beside references ------------------------===//
#pragma once

#include "runtime/measure/eval/evaluate.h"
#include "runtime/model/model.h"

#include <memory>
#include <string>
#include <vector>

namespace tern::test {

/// The rules for references in one precision, which leave unsaid which prompts are settled: half of a prompt's
/// positions agree to rounding, and no other is off by more than one turned code does here (`worstLogits`).
AgreementRules rulesOfOneReference(double worstLogits);

/// Expects of the model what tern-eval --reference does, by the same code; and that nothing but `notJudged` (how each
/// begins) was left unjudged.
void expectAgreement(const std::shared_ptr<Model> &model, const std::string &references, const AgreementRules &rules,
                     const std::vector<std::string> &notJudged);

} // namespace tern::test
