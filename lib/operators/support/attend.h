//===- attend.h - Attention of one query head, for references -----------------===//
#pragma once

#include "lib/operators/reference.h"

namespace tern {

/// What the attributes of attention say.
struct AttentionFacts {
  double scale, queryRange; ///< the largest code of a query, 0 where the cache holds floats
  size_t headDim, page;
};

/// The attributes of both forms of attention.
std::vector<std::pair<const char *, AttributeType>> attentionAttributes();

/// Reads them; an error when heads and positions of the inputs (query, keys, values) do not fit together.
Result<AttentionFacts> attentionFacts(const Context &c);

struct Attended {
  double largest, total;
};

/// What one query head sees of positions [from, to): the softmax over them times their values, added to `out`.
/// Where the cache holds codes, the query and the weights times the scales of the values have 16 bits
/// (decoder.attention).
Attended attend(const Context &c, const AttentionFacts &facts, const Row &floats, size_t head, size_t from, size_t to,
                Row &out);

} // namespace tern
