//===- arena.h - Memory that a step works in ----------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace tern {

/// Zeroed pages of the system; those never touched cost nothing.
class Arena {
public:
  /// `what` names the memory in the error.
  static Result<Arena> create(uint64_t bytes, const std::string &what);
  Arena() = default;
  Arena(Arena &&other) noexcept;
  Arena &operator=(Arena &&other) noexcept;
  ~Arena();

  uint8_t *data() const { return memory; }

private:
  uint8_t *memory = nullptr;
  uint64_t bytes = 0;
};

} // namespace tern
