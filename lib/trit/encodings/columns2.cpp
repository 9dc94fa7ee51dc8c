//===- columns2.cpp - 2 bits a weight, column by column ---------------------===//
//
// Code = w + 1, so that a column whose activation is 0 need not be read. A column of the tile is tileRows/4 bytes: a
// line of 64 bytes for every 256 rows. Byte 16L + 4v + d of line s holds rows 256s + 64f + 16v + 4L + d in bits 2f,
// 2f+1 (f, v, L, d < 4): transposing the bytes of four columns in 16-byte segments (punpcklbw, punpcklwd) gives four
// vectors v whose 32-bit lanes are rows 16v, 16v+1, ... of field f, each with its four columns. Column c is the (c *
// columnStep mod padded columns)-th of its band: some of the columns read in order must look random to hardware
// prefetchers, which else read most of the others as well (30 % of the columns of 6,912 on Zen 4: 9 GB/s in order, 30
// GB/s scattered).
//
//===----------------------------------------------------------------------===//
#include "lib/trit/encoding.h"

#include <algorithm>

namespace tern {

using Line = Columns2Line;

/// Where a row's code is in its column.
struct Place {
  int64_t byte;
  int64_t shift;
};

static Place placeOf(int64_t row) {
  int64_t inLine = row % Line::rows, field = inLine / Line::fieldRows;
  int64_t vector = inLine / Line::vectorRows % 4, segment = inLine / 4 % 4;
  return {row / Line::rows * Line::bytes + 16 * segment + 4 * vector + inLine % 4, Bits2::shift(field)};
}

static void pack(const Layout &layout, const int8_t *trits, uint8_t *out) {
  int64_t bytes = layout.columnBytes();
  std::fill(out, out + bytes * layout.tileColumns, uint8_t(0));
  for (int64_t row = 0; row < layout.tileRows; ++row) {
    auto [byte, shift] = placeOf(row);
    for (int64_t column = 0; column < layout.tileColumns; ++column)
      out[column * bytes + byte] |= uint8_t((*trits++ + 1) << shift);
  }
}

static void unpack(const Layout &layout, const uint8_t *packed, int8_t *trits) {
  int64_t bytes = layout.columnBytes();
  for (int64_t row = 0; row < layout.tileRows; ++row) {
    auto [byte, shift] = placeOf(row);
    for (int64_t column = 0; column < layout.tileColumns; ++column)
      *trits++ = int8_t((packed[column * bytes + byte] >> shift & Bits2::mask) - 1);
  }
}

constinit const EncodingRules kColumns2Rules = {.name = "columns2",
                                                .unitColumns = Line::fields,
                                                .unitBytes = 1,
                                                .pack = pack,
                                                .unpack = unpack,
                                                .unitRows = Line::rows,
                                                .fields = Fields::Bits2,
                                                .columnLines = true};

} // namespace tern
