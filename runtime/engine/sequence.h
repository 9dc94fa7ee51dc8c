//===- sequence.h - One text among those of an engine ---------------------===//
#pragma once

#include "runtime/engine/page_pool.h"

#include <memory>
#include <vector>

namespace tern {

/// A position in a text with the pages of its cache, and the hidden states of the last tokens. Made by Engine, which
/// fills it; its pages go back to the engine's pool with it.
class Sequence {
public:
  ~Sequence();
  Sequence(const Sequence &) = delete;
  Sequence &operator=(const Sequence &) = delete;

  uint64_t position() const { return used; }
  /// Positions that it may have.
  uint64_t context() const { return capacity; }
  /// Forgets all positions from `position` on (0: the whole text), and then also its outputs, which were of one of
  /// them.
  void truncate(uint64_t position);

private:
  friend class Engine;
  Sequence(std::shared_ptr<PagePool> pool, uint64_t pagePositions, uint64_t context)
      : pool(std::move(pool)), pagePositions(pagePositions), capacity(context) {}

  uint64_t pagesFor(uint64_t positions) const { return (positions + pagePositions - 1) / pagePositions; }
  /// Takes the pages that positions up to `positions` need; false when the pool has not as many, and then takes none.
  bool reserve(uint64_t positions);
  void giveFrom(size_t page);

  std::shared_ptr<PagePool> pool;
  uint64_t pagePositions, capacity, used = 0;
  std::vector<uint32_t> pages;
  std::vector<float> hidden, logits; ///< of the last tokens; no logits before they are asked for
};

} // namespace tern
