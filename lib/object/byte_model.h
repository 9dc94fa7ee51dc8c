//===- byte_model.h - What one decoded token costs ----------------------------===//
//
// Decode is bound by the bytes that it reads, prefill by the multiply-adds that it makes. Both follow from the manifest
// and the header:
//
//   body       every tensor of the layers, once
//   head       the output projection and the last norm; of a head that is screened, the coarse codes of all rows: what
//              is read of the rows that these leave depends on the text, and is measured
//   cache      keys and values of all positions before the token, and its own
//   other      one row of the embedding, one position of the rotary table
//
// These are logical bytes: what a step must look at, before anything is skipped (zero activations), and without what it
// reads again.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/json.h"
#include "lib/object/manifest.h"
#include "lib/object/model_abi.h"

#include <cstdint>

namespace tern {

/// Where a tensor is read.
enum class ModelPart { Body, Head, Embedding, Rope };

struct TokenCost {
  double body = 0, head = 0, cache = 0, other = 0; ///< bytes
  double ternaryMacs = 0, denseMacs = 0; ///< multiply-adds: by 8-bit codes, in float (head; without attention)

  double bytes() const { return body + head + cache + other; }
  /// {"body", "head", "cache", "other", "total", "ternary_macs", "dense_macs"}
  Json toJson() const;
};

/// The part that reads a tensor of the manifest. The embedding table is the head's too when the model has no output
/// matrix of its own.
ModelPart partOf(const Manifest &manifest, const ManifestTensor &tensor);

/// The cost of one token at position `context` (that is, with so many before it).
TokenCost tokenCost(const tern_model_header &header, const Manifest &manifest, double context);

} // namespace tern
