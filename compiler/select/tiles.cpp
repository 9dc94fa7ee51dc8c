//===- tiles.cpp - Tiles of a kernel family and what they cost -------------===//
#include "compiler/select/tiles.h"

#include "mlir/IR/Diagnostics.h"

#include <algorithm>

using namespace mlir;

namespace tern {

/// Few rows with columns in lanes, many with rows in lanes.
static constexpr int64_t kTileRows[] = {2, 4, 8, 16, 32, 64, 128, 256};

double modelledCost(const KernelFamily &family, const Layout &layout, const TiledProduct &product,
                    const ProductTraits &traits) {
  int64_t bands = layout.paddedRows(product.rows) / layout.tileRows;
  int64_t most = (bands + product.threads - 1) / product.threads;
  double padding = double(layout.paddedRows(product.rows)) / double(product.rows) *
                   double(layout.paddedColumns(product.columns)) / double(product.columns);
  return family.cost(traits) * padding * double(most * product.threads) / double(bands);
}

/// The family's own, and those that its kernel says are worth it.
static std::vector<int64_t> tileColumns(int64_t own, ternary::KernelAttr kernel) {
  if (kernel.columnFactor() == 1)
    return {own};
  std::vector<int64_t> columns = {own, own / 4, own / 3, own / 2};
  for (int64_t factor = 2; factor <= kernel.columnFactor(); factor *= 2)
    columns.push_back(own * factor);
  return columns;
}

std::vector<Layout> tilesOf(MLIRContext *context, const KernelFamily &family) {
  ScopedDiagnosticHandler quiet(context, [](Diagnostic &) { return success(); }); // a refusal is an answer here
  ternary::KernelAttr kernels[] = {family.one(context, {}), family.block(context, {})};
  auto permits = [&](ternary::LayoutAttr layout) {
    return llvm::all_of(kernels, [&](ternary::KernelAttr kernel) {
      return succeeded(ternary::verifyKernel([&] { return emitError(UnknownLoc::get(context)); }, layout, kernel, 0));
    });
  };
  std::vector<Layout> tiles = {family.layout};
  for (int64_t rows : kTileRows)
    for (int64_t columns : tileColumns(family.layout.tileColumns, kernels[0])) {
      Layout layout{family.layout.encoding, rows, columns};
      if (layout.verify() && std::ranges::find(tiles, layout) == tiles.end() &&
          permits(ternary::toAttr(context, layout)))
        tiles.push_back(layout);
    }
  return tiles;
}

} // namespace tern
