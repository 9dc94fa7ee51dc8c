//===- arena.cpp - Memory that a step works in --------------------------------===//
#include "runtime/step/arena.h"

#include "lib/base/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <utility>

namespace tern {

/// Below this a huge page would hold mostly nothing.
static constexpr uint64_t kHugeBytes = 8 << 20;

Result<Arena> Arena::create(uint64_t bytes, const std::string &what) {
  Arena arena;
  arena.bytes = std::max<uint64_t>(bytes, 1);
  void *memory =
      ::mmap(nullptr, arena.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return Error{"cannot get " + formatBytes(bytes) + " of memory for " + what + ": " + std::strerror(errno)};
  arena.memory = static_cast<uint8_t *>(memory);
  if (bytes >= kHugeBytes)
    ::madvise(memory, arena.bytes, MADV_HUGEPAGE); // a wish: without it all works with small pages
  return arena;
}

Arena::Arena(Arena &&other) noexcept : memory(std::exchange(other.memory, nullptr)), bytes(other.bytes) {}

Arena &Arena::operator=(Arena &&other) noexcept {
  std::swap(memory, other.memory);
  std::swap(bytes, other.bytes);
  return *this;
}

Arena::~Arena() {
  if (memory)
    ::munmap(memory, bytes);
}

} // namespace tern
