//===- page_pool.cpp - Pages of the key and value cache --------------------===//
#include "runtime/engine/page_pool.h"

namespace tern {

Result<PagePool> PagePool::create(const tern_model_header &header, uint32_t pages) {
  PagePool pool;
  pool.total = pages;
  uint64_t positions = uint64_t(pages) * header.cache_page;
  Result<Arena> memory = Arena::create(header.cache_bytes_per_token * positions,
                                       "the key and value cache of " + std::to_string(positions) + " positions");
  if (!memory)
    return memory.error();
  pool.memory = std::move(*memory);
  return pool;
}

std::optional<uint32_t> PagePool::take() {
  if (!given.empty()) {
    uint32_t page = given.back();
    given.pop_back();
    return page;
  }
  if (used == total)
    return std::nullopt;
  return used++;
}

} // namespace tern
