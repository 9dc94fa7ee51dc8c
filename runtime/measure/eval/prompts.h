//===- prompts.h - A whole model beside its references -----------------------===//
#pragma once

#include "runtime/measure/eval/agreement.h"
#include "runtime/measure/eval/agreement_rules.h"
#include "runtime/measure/eval/reference.h"
#include "runtime/session/session.h"

#include <span>
#include <string>
#include <vector>

namespace tern {

/// What a model made of a prompt in one way.
struct PromptRun {
  std::string way; ///< "block" or "token_by_token"
  /// The relative L2 error of the logits at each position that the references have, from the float32 one and from the
  /// float64 one, which may be empty.
  std::vector<double> fromSingle, fromWide;
  std::vector<int32_t> greedy; ///< the tokens that follow, as many as the longer reference has

  /// The distance from the nearer of the two, at each position.
  std::vector<double> fromNearer() const;
  /// At each position, from the reference that is nearer in the whole prompt.
  const std::vector<double> &fromOne() const;
};

struct PromptErrors {
  const ReferencePrompt *single, *wide; ///< `wide` may be null
  std::vector<double> apart;            ///< the references from each other, at each position; empty without a wide one
  std::vector<PromptRun> runs;

  /// Whether the references agree at all of its positions; not when one has not all of them.
  bool isSettled() const;
};

/// How many of the tokens are those of the prompt, and whether they are up to the first place whose margin is too
/// small: {equal, of, pass} and, where they part, first_difference {at, reference_margin}.
Json judgeGreedy(std::span<const int32_t> tokens, const ReferencePrompt &prompt, double margin);

/// Adds "prompts" to the report, a count of those that are settled and off, and its failures.
void judgePrompts(std::span<const PromptErrors> prompts, const AgreementRules &rules, Agreement &agreement);

/// Runs a prompt in one block and token by token, and takes greedy tokens after it. An error when the model cannot run
/// it: a vocabulary or a context that does not fit.
Result<PromptErrors> runPrompt(Session &session, const ReferencePrompt &single, const ReferencePrompt *wide);

} // namespace tern
