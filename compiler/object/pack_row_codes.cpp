//===- pack_row_codes.cpp - The output head's codes into the model object ---===//
#include "compiler/object/pack_row_codes.h"

#include "lib/head/row_codes.h"

#include <algorithm>

namespace tern {

/// Weights in memory at a time.
static constexpr int64_t kChunk = 1 << 20;

Status packRowCodes(decoder::RowCodesOp codes, const Checkpoint &checkpoint, const ByteSink &sink,
                    std::vector<float> &figures) {
  auto tensor = mlir::SymbolTable::lookupNearestSymbolFrom<decoder::TensorOp>(codes, codes.getMatrixAttr());
  Result<TensorView> view = checkpoint.find(tensor.getSource().str());
  if (!view)
    return view.error();
  auto type = mlir::cast<mlir::RankedTensorType>(tensor.getType());
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  int64_t coarseBytes = codeRowBytes(columns, 0), fineBytes = codeRowBytes(columns, 1);
  int64_t most = std::max<int64_t>(1, kChunk / columns);
  std::vector<float> values;
  std::vector<uint8_t> coarse, fine(size_t(rows * fineBytes));
  figures.assign(size_t(kRowFigures * rows), 0);
  for (int64_t first = 0; first < rows; first += most) {
    int64_t count = std::min(most, rows - first);
    values.resize(size_t(count * columns));
    coarse.resize(size_t(count * coarseBytes));
    if (Status status = view->file->readFloats(*view->info, first * columns, values); !status)
      return status;
    for (int64_t row = 0; row < count; ++row) {
      RowFigures found = encodeRow(std::span(values).subspan(size_t(row * columns), size_t(columns)),
                                   std::span(coarse).subspan(size_t(row * coarseBytes), size_t(coarseBytes)),
                                   std::span(fine).subspan(size_t((first + row) * fineBytes), size_t(fineBytes)));
      const float list[kRowFigures] = {found.scale[0], found.scale[1], found.residual[0], found.residual[1],
                                       found.norm};
      for (int64_t i = 0; i < kRowFigures; ++i)
        figures[size_t(i * rows + first + row)] = list[i];
    }
    if (Status status = sink(std::as_bytes(std::span(coarse))); !status)
      return status;
  }
  return sink(std::as_bytes(std::span(fine)));
}

} // namespace tern
