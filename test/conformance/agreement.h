//===- agreement.h - A compiled model beside transformers' references ----------===//
#pragma once

#include "runtime/eval/evaluate.h"
#include "runtime/model/model.h"

#include <memory>
#include <string>

namespace tern::test {

/// Expects of the model what the references in a folder have: logits at every prompt position, in one
/// block and token by token, half of them within `medianLogits` (relative L2) and none off by more than the tolerance;
/// greedy tokens and perplexity within theirs.
void expectAgreement(const std::shared_ptr<Model> &model, const std::string &references, const Tolerances &tolerances,
                     double medianLogits = 1e-6);

} // namespace tern::test
