//===- layers.h - A compiled step beside the scalar reference, operator by operator ---===//
#pragma once

#include "lib/base/json.h"
#include "lib/checkpoint/checkpoint.h"
#include "runtime/session/session.h"

#include <vector>

namespace tern {

/// Runs each prompt (none: 13 tokens spread over the vocabulary) in blocks and its last tokens one by one, from the
/// beginning of a text and across the border of two cache pages, and takes a greedy token. Every operator of every step
/// function is computed by lib/operators from what the compiled operators before it have left in memory, so that an
/// error shows at the operator that makes it and nowhere else. Weights come from `checkpoint`, or, when it is null,
/// from the model object.
///
/// The report: "checked" (how many results), "operators" (how many of the model's were), "worst" error by kind of
/// operator, "unchecked" (operators that have no reference or were never reached), "pass", and for the first operator
/// out of tolerance "first": {operator, function, position, error, tolerance}. Tolerances: integers equal; floats 1e-4
/// in relative L2 for each row; activation codes within 1, since a number may lie on the boundary of two. Errors: a
/// model that carries no list of its operators, or one that does not fit it; a weight that cannot be read; no tokens.
Result<Json> checkLayers(const std::shared_ptr<Model> &model, const Checkpoint *checkpoint,
                         const std::vector<std::vector<int32_t>> &prompts);

/// The order in which the model's I2_S tensors were read, which its checkpoint does not say.
I2sBlocks i2sBlocksOf(const Manifest &manifest);

} // namespace tern
