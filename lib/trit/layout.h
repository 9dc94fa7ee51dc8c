//===- layout.h - How ternary weights lie in memory -----------------------===//
//
// A layout alone defines the bytes of a packed ternary matrix W[rows][columns]: the packer, the
// kernel lowerings and the tests all read it here. Matrices are cut into tiles of `tileRows` x
// `tileColumns`, stored tile row by tile row, and inside a tile row from left to right; edges are
// padded with weight 0.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tern {

/// How the trits of one tile become bytes.
enum class Encoding {
  /// 2 bits a weight, code = w + 1. Each row of the tile is V = tileColumns/4 bytes, the rows one
  /// after the other;
  /// byte j of a row holds columns j, V+j, 2V+j, 3V+j in bits 0-1, 2-3, 4-5, 6-7. So masking a
  /// V-byte vector with 3 << 2i gives V
  /// neighbouring columns, 4^i times too large, without a shift.
  Codes2,
  /// For 16-bit lookups, 16 bits for 9 weights (1.78 bits): the codes of three groups of three
  /// columns (table.h,
  /// trits) in bits 0-4, 5-9 and 10-14 of a little-endian word. One word a row, the rows of 9
  /// columns one after the
  /// other, then those of the next 9 columns.
  Lut3,
  /// For byte lookups, 2 bits a weight (TL1 of bitnet.cpp, arXiv 2502.11880): the codes of two
  /// groups of two columns
  /// in bits 0-3 and 4-7 of a byte. One byte a row, the rows of 4 columns one after the other, then
  /// the next 4 columns.
  Tl1,
  /// For byte lookups, 40 bits for 24 weights (1.67 bits, TL2 of the same paper): eight groups of
  /// three columns, each
  /// the 4-bit entry of a mirrored table (table.h) and a sign bit, set where the sum is the entry's
  /// negative. Entries of groups 2i
  /// and 2i+1 are in bits 0-3 and 4-7 of byte plane i, one byte a row, four planes; the fifth plane
  /// has the sign of
  /// group g in bit g.
  Tl2,
};

/// The byte layout of one packed ternary matrix.
struct Layout {
  Encoding encoding = Encoding::Codes2;
  int64_t tileRows = 4;
  int64_t tileColumns = 256;

  bool operator==(const Layout &) const = default;

  /// Ok, or the constraint that this layout breaks (e.g. columns not a multiple of 4).
  Status verify() const;
  /// Rows and columns after padding to whole tiles.
  int64_t paddedRows(int64_t rows) const;
  int64_t paddedColumns(int64_t columns) const;
  /// Bytes of one tile, of one row of tiles over all columns, of a whole matrix.
  int64_t tileBytes() const;
  int64_t bandBytes(int64_t columns) const;
  int64_t matrixBytes(int64_t rows, int64_t columns) const;
};

/// "codes2", "lut3", "tl1", "tl2" and back; the names used in #ternary.layout, manifests and tuning
/// files.
std::string_view encodingName(Encoding encoding);
Result<Encoding> parseEncoding(std::string_view name);

/// "codes2:4x256", as printed in remarks and manifests, and back. Errors: another form, an unknown encoding, tile sizes that it cannot have.
std::string layoutName(const Layout &layout);
Result<Layout> parseLayout(std::string_view name);

/// Packs one band: `rows` <= layout.tileRows rows of `columns` trits in {-1, 0, 1}, row-major, into
/// exactly layout.bandBytes(columns) bytes. Missing rows and columns are packed as weight 0.
void packBand(const Layout &layout, std::span<const int8_t> trits, int64_t rows, int64_t columns,
              std::span<uint8_t> out);

/// The inverse of packBand: writes `rows` x `columns` trits.
void unpackBand(const Layout &layout, std::span<const uint8_t> packed, int64_t rows,
                int64_t columns, std::span<int8_t> trits);

} // namespace tern
