//===- layout.cpp - How ternary weights lie in memory ---------------------===//
#include "lib/trit/layout.h"

#include <algorithm>
#include <cassert>

namespace tern {

/// Far above what a register file or a cache line asks for, and small enough that no product below
/// overflows.
static constexpr int64_t kMaxTileRows = 1 << 12, kMaxTileColumns = 1 << 16;

/// Columns that share a byte.
static constexpr int64_t kFields = 4;

static int64_t roundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

Status Layout::verify() const {
  if (tileRows < 1 || tileRows > kMaxTileRows)
    return Error{"tile rows must be from 1 to " + std::to_string(kMaxTileRows) + ", not " +
                 std::to_string(tileRows)};
  if (tileColumns < kFields || tileColumns > kMaxTileColumns || tileColumns % kFields != 0)
    return Error{"tile columns must be a multiple of 4 from 4 to " +
                 std::to_string(kMaxTileColumns) + ", not " + std::to_string(tileColumns)};
  return {};
}

int64_t Layout::paddedRows(int64_t rows) const { return roundUp(rows, tileRows); }
int64_t Layout::paddedColumns(int64_t columns) const { return roundUp(columns, tileColumns); }
int64_t Layout::tileBytes() const { return tileRows * tileColumns / kFields; }
int64_t Layout::bandBytes(int64_t columns) const {
  return paddedColumns(columns) / tileColumns * tileBytes();
}
int64_t Layout::matrixBytes(int64_t rows, int64_t columns) const {
  return paddedRows(rows) / tileRows * bandBytes(columns);
}

std::string_view encodingName(Encoding encoding) {
  switch (encoding) {
  case Encoding::Codes2:
    return "codes2";
  }
  return "?";
}

Result<Encoding> parseEncoding(std::string_view name) {
  if (name == encodingName(Encoding::Codes2))
    return Encoding::Codes2;
  return Error{"unknown encoding '" + std::string(name) + "'; known: codes2"};
}

std::string layoutName(const Layout &layout) {
  return std::string(encodingName(layout.encoding)) + ":" + std::to_string(layout.tileRows) + "x" +
         std::to_string(layout.tileColumns);
}

/// Packs the part of one row that lies in one tile: `count` <= 4 * bytes trits, the rest of it
/// weight 0.
static void packCodes2(const int8_t *trits, int64_t count, uint8_t *out, int64_t bytes) {
  for (int64_t field = 0; field < kFields; ++field) {
    int64_t there = std::clamp<int64_t>(count - field * bytes, 0, bytes);
    int shift = int(2 * field);
    if (field == 0)
      std::fill(out, out + bytes, uint8_t(0));
    for (int64_t j = 0; j < there; ++j)
      out[j] |= uint8_t((trits[field * bytes + j] + 1) << shift);
    for (int64_t j = there; j < bytes; ++j)
      out[j] |= uint8_t(1 << shift);
  }
}

static void unpackCodes2(const uint8_t *packed, int64_t bytes, int8_t *trits, int64_t count) {
  for (int64_t field = 0; field < kFields; ++field) {
    int64_t there = std::clamp<int64_t>(count - field * bytes, 0, bytes);
    for (int64_t j = 0; j < there; ++j)
      trits[field * bytes + j] = int8_t((packed[j] >> (2 * field) & 3) - 1);
  }
}

/// Calls visit(bytes of the row in its tile, row, first column, columns there) for each tile and
/// each of its rows.
template <typename Visit>
static void forEachTileRow(const Layout &layout, int64_t columns, Visit visit) {
  int64_t rowBytes = layout.tileColumns / kFields;
  int64_t offset = 0;
  for (int64_t first = 0; first < columns; first += layout.tileColumns)
    for (int64_t row = 0; row < layout.tileRows; ++row, offset += rowBytes)
      visit(offset, row, first, std::min(layout.tileColumns, columns - first));
}

void packBand(const Layout &layout, std::span<const int8_t> trits, int64_t rows, int64_t columns,
              std::span<uint8_t> out) {
  assert(rows >= 0 && rows <= layout.tileRows && int64_t(trits.size()) == rows * columns);
  assert(int64_t(out.size()) == layout.bandBytes(columns));
  forEachTileRow(layout, columns, [&](int64_t offset, int64_t row, int64_t first, int64_t count) {
    bool missing = row >= rows;
    packCodes2(trits.data() + (missing ? 0 : row * columns + first), missing ? 0 : count,
               out.data() + offset, layout.tileColumns / kFields);
  });
}

void unpackBand(const Layout &layout, std::span<const uint8_t> packed, int64_t rows,
                int64_t columns, std::span<int8_t> trits) {
  assert(rows >= 0 && rows <= layout.tileRows && int64_t(trits.size()) == rows * columns);
  assert(int64_t(packed.size()) == layout.bandBytes(columns));
  forEachTileRow(layout, columns, [&](int64_t offset, int64_t row, int64_t first, int64_t count) {
    if (row < rows)
      unpackCodes2(packed.data() + offset, layout.tileColumns / kFields,
                   trits.data() + row * columns + first, count);
  });
}

} // namespace tern
