//===- page_pool.h - Pages of the key and value cache ---------------------===//
#pragma once

#include "lib/object/model_abi.h"
#include "runtime/step/arena.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tern {

/// Memory for pages of header.cache_page positions each, of all layers. A page that was never taken costs nothing, and
/// one that was given back is taken again first.
class PagePool {
public:
  static Result<PagePool> create(const tern_model_header &header, uint32_t pages);

  /// The number of a page that nobody has; none when all are taken. What it held before is still in it.
  std::optional<uint32_t> take();
  void give(uint32_t page) { given.push_back(page); }
  uint64_t left() const { return total - used + given.size(); }
  uint8_t *data() const { return memory.data(); }

private:
  PagePool() = default;

  Arena memory;
  uint32_t total = 0, used = 0; ///< pages; used: those that were ever taken
  std::vector<uint32_t> given;  ///< given back, the last one first
};

} // namespace tern
