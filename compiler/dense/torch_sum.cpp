//===- torch_sum.cpp - A row's sum in torch's order ------------------------===//
#include "compiler/dense/torch_sum.h"

using namespace Halide;

namespace tern {
namespace {

constexpr int lanes = 8, chains = 4, width = lanes * chains;
constexpr int flush = 16; // additions in one level before they move up; two levels reach 131,072 numbers

/// A vector of `width` sums of part(i), i in [first, first + count), one after the other.
Func sumInOrder(const char *name, int first, int count, const std::function<Expr(Expr lane, Expr i)> &part) {
  Var lane("lane");
  Func sum(name);
  sum(lane) = 0.0f;
  sum.bound(lane, 0, width).compute_root().store_in(MemoryType::Stack).vectorize(lane, lanes);
  if (count > 0) {
    RDom i(first, count);
    sum(lane) += part(lane, i);
    sum.update().reorder(lane, i).vectorize(lane, lanes);
  }
  return sum;
}

/// The sums of `flush` neighbours each: sums(lane, block) = part(lane, 16 block) + ... + part(lane, 16 block + 15).
Func sumBlocks(const char *name, int blocks, const std::function<Expr(Expr lane, Expr i)> &part) {
  Var lane("lane"), block("block");
  Func sums(name);
  RDom i(0, flush);
  sums(lane, block) = 0.0f;
  sums(lane, block) += part(lane, block * flush + i);
  sums.bound(lane, 0, width).bound(block, 0, std::max(blocks, 1));
  sums.compute_root().store_in(MemoryType::Stack).vectorize(lane, lanes);
  sums.update().reorder(lane, i, block).vectorize(lane, lanes);
  return sums;
}

} // namespace

Func torchSum(int extent, const std::function<Expr(Expr)> &term) {
  int rows = extent / width, blocks = rows / flush, groups = blocks / flush;
  auto row = [&](Expr lane, Expr i) { return term(i * width + lane); };

  // Level 0 is what is left after the last flush, level 1 the flushed blocks, level 2 blocks of blocks.
  Func level0 = sumInOrder("level0", blocks * flush, rows - blocks * flush, row);
  Var lane("lane");
  Func joined("joined");
  joined(lane) = level0(lane);
  if (blocks > 0) {
    Func block = sumBlocks("block", blocks, row);
    auto blockAt = [&](Expr l, Expr i) -> Expr { return block(l, i); };
    Func level1 = sumInOrder("level1", groups * flush, blocks - groups * flush, blockAt);
    joined(lane) += level1(lane);
    if (groups > 0) {
      Func group = sumBlocks("group", groups, blockAt);
      Func level2 = sumInOrder("level2", 0, groups, [&](Expr l, Expr i) -> Expr { return group(l, i); });
      joined(lane) += level2(lane);
    }
  }
  joined.bound(lane, 0, width).compute_root().store_in(MemoryType::Stack).vectorize(lane, lanes);
  for (int i = 0; i < joined.num_update_definitions(); ++i)
    joined.update(i).vectorize(lane, lanes);

  // Vectors that fill no row of four join the first chain; then the chains join.
  int vectors = extent / lanes, tail = vectors * lanes;
  Func vector("vector");
  vector(lane) = joined(lane);
  if (vectors > rows * chains) {
    RDom i(rows * chains, vectors - rows * chains);
    vector(lane) += term(i * lanes + lane);
  }
  for (int chain = 1; chain < chains; ++chain)
    vector(lane) += joined(lane + chain * lanes);
  vector.bound(lane, 0, lanes).compute_root().store_in(MemoryType::Stack).vectorize(lane, lanes);
  for (int i = 0; i < vector.num_update_definitions(); ++i)
    vector.update(i).vectorize(lane, lanes);

  Func sum("sum_of_row");
  sum() = 0.0f;
  if (extent > tail) {
    RDom rest(tail, extent - tail);
    sum() += term(rest);
  }
  RDom each(0, lanes);
  sum() += vector(each);
  sum.compute_root();
  return sum;
}

} // namespace tern
