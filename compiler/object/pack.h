//===- pack.h - Weights from the checkpoint into the model object -----------===//
#pragma once

#include "compiler/steps/plan/weight_plan.h"
#include "lib/base/result.h"
#include "lib/checkpoint/checkpoint.h"

#include <cstddef>
#include <functional>
#include <span>

namespace tern {

/// Takes bytes of .tern.weights, in order.
using ByteSink = std::function<Status(std::span<const std::byte>)>;
/// Told each entry before it is packed, with its number and how many there are.
using PackProgress = std::function<void(const WeightEntry &entry, size_t index, size_t count)>;

/// Whether the checkpoint has every tensor of the plan in the graph's shape, and good scales: what can be told before
/// minutes go into code. Errors name the tensor.
Status checkWeights(const WeightPlan &plan, const Checkpoint &checkpoint);

/// Streams every entry of the plan, with zeros between, to the sink: one tensor at a time, and of a
/// dense one a few rows at a time, so that memory is bounded by the largest packed ternary tensor.
/// Errors name the tensor; they are those of checkWeights too.
Status packWeights(const WeightPlan &plan, const Checkpoint &checkpoint, const ByteSink &sink,
                   const PackProgress &progress);

} // namespace tern
