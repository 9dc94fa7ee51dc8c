//===- sequence.cpp - One text among those of an engine --------------------===//
#include "runtime/engine/sequence.h"

namespace tern {

Sequence::~Sequence() { giveFrom(0); }

void Sequence::truncate(uint64_t position) {
  if (position >= used)
    return;
  used = position;
  giveFrom(pagesFor(position));
  hidden.clear();
  logits.clear();
}

bool Sequence::reserve(uint64_t positions) {
  size_t before = pages.size();
  while (pages.size() < pagesFor(positions)) {
    std::optional<uint32_t> page = pool->take();
    if (!page) {
      giveFrom(before);
      return false;
    }
    pages.push_back(*page);
  }
  return true;
}

void Sequence::giveFrom(size_t page) {
  for (; pages.size() > page; pages.pop_back())
    pool->give(pages.back());
}

} // namespace tern
