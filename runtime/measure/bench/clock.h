//===- clock.h - Seconds, and values that are not optimised away -------------===//
#pragma once

#include <chrono>

namespace tern {

/// Monotonic, in seconds.
inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The compiler must compute `value`.
template <typename T> inline void keep(const T &value) { asm volatile("" : : "g"(value) : "memory"); }

} // namespace tern
