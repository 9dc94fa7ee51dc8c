//===- evaluate.h - A model against its reference -----------------------------===//
#pragma once

#include "lib/base/json.h"
#include "runtime/eval/reference.h"
#include "runtime/session/session.h"

namespace tern {

struct Tolerances {
  double logits = 2e-3;     ///< relative L2 error ||a - b|| / ||b|| of the logits at each position
  double margin = 0.02;     ///< greedy tokens may differ from the first one whose reference margin is below
  double perplexity = 5e-4; ///< relative
};

/// Runs every prompt in blocks and token by token, and the perplexity windows; the report has every figure, the
/// tolerances and "pass". An error when the model cannot run the reference at all (a vocabulary or context that does
/// not fit).
Result<Json> evaluate(Session &session, const Reference &reference, const Tolerances &tolerances);

/// The perplexity of a text of at least two tokens, in windows of at most `window` of them, each scored from an empty
/// context: {tokens, window, mean_nll, value}. `tokens` are those that were scored, all but the first.
Result<Json> textPerplexity(Session &session, std::span<const int32_t> ids, int64_t window);

} // namespace tern
