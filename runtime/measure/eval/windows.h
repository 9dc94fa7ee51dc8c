//===- windows.h - The perplexity of texts, beside its references ------------===//
#pragma once

#include "runtime/measure/eval/agreement.h"
#include "runtime/measure/eval/agreement_rules.h"
#include "runtime/measure/eval/reference.h"
#include "runtime/session/session.h"

#include <optional>
#include <span>

namespace tern {

/// What a model and its references have of a text in windows.
struct WindowFigures {
  const ReferencePerplexity *single;
  std::optional<double> wideMeanNll; ///< of the float64 run, when it has the text
  double meanNll = 0;
};

/// Adds "windows" to the report, and its failures.
void judgeWindows(std::span<const WindowFigures> windows, const AgreementRules &rules, Agreement &agreement);

/// The mean of -log p(next token) over all positions of all windows, each of which begins an empty context.
Result<double> meanNll(Session &session, std::span<const int32_t> ids, int64_t window);

/// The perplexity of a text of at least two tokens, in windows of at most `window` of them, each scored from an empty
/// context: {tokens, window, mean_nll, value}. `tokens` are those that were scored, all but the first.
Result<Json> textPerplexity(Session &session, std::span<const int32_t> ids, int64_t window);

} // namespace tern
