//===- tiles.h - Tiles of a kernel family and what they cost ---------------===//
#pragma once

#include "compiler/kernels/kernel_table.h"

#include <vector>

namespace tern {

/// The product that a tile is for.
struct TiledProduct {
  int64_t rows, columns;
  int64_t threads = 1;
};

/// Cycles for 1,000 weights of one token on one core, by the cost model: the family's, times what padding to whole
/// tiles adds, times what threads wait for the one that has most bands. `traits` as in KernelFamily::cost.
double modelledCost(const KernelFamily &family, const Layout &layout, const TiledProduct &product,
                    const ProductTraits &traits = {});

/// The tiles that a family's encoding and its own two kernels permit: 2 to 256 rows, its columns and, where they are
/// more than one unit, parts and multiples of them. The family's own is first.
std::vector<Layout> tilesOf(mlir::MLIRContext *context, const KernelFamily &family);

} // namespace tern
