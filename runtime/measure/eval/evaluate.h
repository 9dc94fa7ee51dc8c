//===- evaluate.h - A model against its references ----------------------------===//
#pragma once

#include "runtime/measure/eval/agreement.h"
#include "runtime/measure/eval/agreement_rules.h"
#include "runtime/measure/eval/reference.h"
#include "runtime/model/model.h"

#include <memory>

namespace tern {

/// Runs each stored decoder layer alone, every prompt in one block and token by token, and the windows. The report has
/// every figure, "rules", "failures", "not_judged" and "pass". `threads` 0: one for each processor. Of a
/// part of a model its layers alone are judged. An error when nothing is, and when the model cannot run the references
/// at all (a vocabulary, a width or a context that does not fit).
Result<Agreement> evaluate(const std::shared_ptr<Model> &model, uint64_t threads, const References &references,
                           const AgreementRules &rules);

} // namespace tern
