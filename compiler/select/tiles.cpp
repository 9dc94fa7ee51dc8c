//===- tiles.cpp - Tiles of a kernel family and what they cost -------------===//
#include "compiler/select/tiles.h"

#include "dialects/ternary/KernelConstraints.h"

#include "mlir/IR/Diagnostics.h"

#include <algorithm>

using namespace mlir;

namespace tern {

/// Few rows with columns in lanes, many with rows in lanes.
static constexpr int64_t kTileRows[] = {2, 4, 8, 16, 32, 64, 128, 256};

double modelledCost(const KernelFamily &family, const Layout &layout, const TiledProduct &product, double density) {
  int64_t bands = layout.paddedRows(product.rows) / layout.tileRows;
  int64_t most = (bands + product.threads - 1) / product.threads;
  double padding = double(layout.paddedRows(product.rows)) / double(product.rows) *
                   double(layout.paddedColumns(product.columns)) / double(product.columns);
  return family.cost(density) * padding * double(most * product.threads) / double(bands);
}

/// Those of columns2 only pad, those of word rows are the word's.
static std::vector<int64_t> tileColumns(MLIRContext *context, const KernelFamily &family) {
  int64_t own = family.layout.tileColumns;
  if (family.layout.encoding == Encoding::Columns2 || ternary::hasWordRows(ternary::toAttr(context, family.layout)))
    return {own};
  std::vector<int64_t> columns = {own, own / 4, own / 3, own / 2, own * 2};
  if (family.one.strategy != ternary::Strategy::Dot)
    columns.push_back(own * 4);
  return columns;
}

std::vector<Layout> tilesOf(MLIRContext *context, const KernelFamily &family) {
  ScopedDiagnosticHandler quiet(context, [](Diagnostic &) { return success(); }); // a refusal is an answer here
  auto permits = [&](ternary::LayoutAttr layout) {
    return llvm::all_of(ArrayRef{family.one, family.block}, [&](const KernelParameters &kernel) {
      return succeeded(
          ternary::verifyKernel([&] { return emitError(UnknownLoc::get(context)); }, layout, kernel.toAttr(context)));
    });
  };
  // Lookups have an index of a byte, of lut3 of a word, for each row in the vector's lanes.
  int64_t lanes = family.one.strategy == ternary::Strategy::Dot ? 1
                  : family.layout.encoding == Encoding::Lut3    ? family.one.width / 2
                                                                : family.one.width;
  std::vector<Layout> tiles = {family.layout};
  for (int64_t rows : kTileRows)
    for (int64_t columns : tileColumns(context, family)) {
      Layout layout{family.layout.encoding, rows, columns};
      if (rows % lanes == 0 && layout.verify() && std::ranges::find(tiles, layout) == tiles.end() &&
          permits(ternary::toAttr(context, layout)))
        tiles.push_back(layout);
    }
  return tiles;
}

} // namespace tern
