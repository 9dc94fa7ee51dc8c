//===- counter.h - Pseudo-random numbers by name and place ----------------------===//
#pragma once

#include <cstdint>
#include <string_view>

namespace tern {

/// The numbers u(0), u(1), ... of one tensor, 24 bits each (lib/weights/generate.h).
class Counter {
public:
  Counter(uint64_t seed, std::string_view name) {
    uint64_t hash = 0xcbf29ce484222325; // FNV-1a
    for (char c : name)
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    state = hash ^ (seed * kGolden);
  }
  uint32_t at(int64_t index) const { // splitmix64
    uint64_t x = state + (uint64_t(index) + 1) * kGolden;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return uint32_t((x ^ x >> 31) >> 40);
  }
  /// A trit.
  int tritAt(int64_t index) const { return int((3 * at(index)) >> 24) - 1; }
  /// In [-1, 1).
  float uniformAt(int64_t index) const { return float(2 * at(index)) / 16777216.0f - 1.0f; }

private:
  static constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;
  uint64_t state;
};

} // namespace tern
