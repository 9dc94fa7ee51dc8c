//===- packed_rows.cpp - Four rows of trits in a row of bytes -------------------===//
//
// U8 [rows/4, columns]: bits 2i..2i+1 of byte [r, c] hold weight [i * rows/4 + r, c] + 1 (transformers' pack_weights).
//
//===----------------------------------------------------------------------===//
#include "lib/weights/storages/storages.h"

#include <algorithm>

namespace tern {
namespace {

class PackedRows : public StoredWeights {
public:
  PackedRows(TensorView tensor, float scale) : view(std::move(tensor)), scale(scale) {}

  Result<std::vector<float>> scales() override { return std::vector<float>{scale}; }

  Status readRows(int64_t first, int64_t count, std::span<int8_t> out) override {
    if (packed.empty()) {
      packed.resize(view.info->bytes);
      if (Status status = view.file->read(*view.info, 0, packed); !status)
        return status;
    }
    int64_t quarter = view.info->shape[0], columns = view.info->shape[1];
    for (int64_t row = first; row < first + count; ++row) {
      int shift = int(2 * (row / quarter));
      const std::byte *from = packed.data() + (row % quarter) * columns;
      int8_t *to = out.data() + (row - first) * columns;
      unsigned all = 0; // a code of 3 leaves both bits set; (code & code >> 1) finds it without a
                        // branch per weight
      for (int64_t column = 0; column < columns; ++column) {
        unsigned code = (unsigned(from[column]) >> shift) & 3;
        all |= code & (code >> 1);
        to[column] = int8_t(int(code) - 1);
      }
      if (all != 0) {
        int64_t column = std::find(to, to + columns, int8_t(2)) - to;
        return Error{view.where() + ": has the packed code 3 for weight [" + std::to_string(row) + ", " +
                     std::to_string(column) + "]; only 0, 1 and 2 are weights"};
      }
    }
    return {};
  }

private:
  TensorView view;
  float scale;
  std::vector<std::byte> packed; ///< the whole tensor, read at the first readRows
};

bool recognises(const Quantization &quantization, const TensorInfo &values) {
  return quantization.mode == QuantizationMode::Offline && !isFloat(values.dtype);
}

Result<WeightDeclaration> declare(const Checkpoint &checkpoint, const Quantization &quantization,
                                  const std::string &module, const std::string &source, int64_t rows, int64_t columns) {
  return declareScaledTrits(kPackedRows.name, checkpoint, quantization, module, source, rows, columns);
}

Result<std::unique_ptr<StoredWeights>> open(const Checkpoint &checkpoint, const WeightDeclaration &declaration,
                                            TensorView values) {
  Result<float> scale = readScale(checkpoint, declaration.scales);
  if (!scale)
    return scale.error();
  return std::unique_ptr<StoredWeights>(std::make_unique<PackedRows>(std::move(values), *scale));
}

void make(const Counter &numbers, int64_t row, int64_t rows, int64_t columns, std::span<uint8_t> bytes) {
  for (int64_t column = 0; column < columns; ++column) {
    unsigned byte = 0;
    for (int64_t i = 0; i < 4; ++i)
      byte |= unsigned(numbers.tritAt((i * (rows / 4) + row) * columns + column) + 1) << (2 * i);
    bytes[size_t(column)] = uint8_t(byte);
  }
}

} // namespace

const Storage kPackedRows = {"packed_rows",
                             /*isFloat=*/false,
                             /*rowsInOne=*/4,
                             /*hasScaleTensor=*/true, holdsScaledTrits, recognises, declare, open, make};

} // namespace tern
