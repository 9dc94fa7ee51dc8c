//===- cache_codes.h - The 16-bit codes that meet an int8 cache --------------===//
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tern {

/// The largest code of a weight of attention: 256 of them times codes up to 127 are half of what 32 bits hold.
inline constexpr int64_t kWeightRange = 32767;

/// The largest code of a number of a query head: the sum of head_dim of them times codes up to 127 fits 32 bits.
constexpr int64_t queryRange(int64_t headDim) {
  return std::min<int64_t>(32767, std::numeric_limits<int32_t>::max() / (127 * headDim));
}

} // namespace tern
