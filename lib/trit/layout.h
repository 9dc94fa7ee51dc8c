//===- layout.h - How ternary weights lie in memory -----------------------===//
//
// A layout alone defines the bytes of a packed ternary matrix W[rows][columns]: the packer, the
// kernel lowerings and the tests all read it here. Matrices are cut into tiles of `tileRows` x
// `tileColumns`. A row of tiles over all columns is a band; bands are stored one after the other, the
// tiles of a band from left to right. Edges are padded with weight 0.
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
  /// 2 bits a weight, code = w + 1. Each row of the tile is V = tileColumns/4 bytes, the rows one after the other;
  /// byte j of a row holds columns j, V+j, 2V+j, 3V+j in bits 0-1, 2-3, 4-5, 6-7. So masking a V-byte vector with
  /// 3 << 2i gives V neighbouring columns, 4^i times too large, without a shift. With 16 columns a row is one 32-bit
  /// word, so that a vector of words is one word of several rows: rows in lanes.
  Codes2,
  /// For 16-bit lookups, 16 bits for 9 weights (1.78 bits): the codes of three groups of three columns (table.h,
  /// trits) in bits 0-4, 5-9 and 10-14 of a little-endian word. One word a row, the rows of 9 columns one after the
  /// other, then those of the next 9 columns.
  Lut3,
  /// For byte lookups, 2 bits a weight (TL1 of bitnet.cpp, arXiv 2502.11880): the codes of two groups of two columns
  /// in bits 0-3 and 4-7 of a byte. One byte a row, the rows of 4 columns one after the other, then the next 4
  /// columns.
  Tl1,
  /// For byte lookups, 40 bits for 24 weights (1.67 bits, TL2 of the same paper): eight groups of three columns, each
  /// the 4-bit entry of a mirrored table (table.h) and a sign bit, set where the sum is the entry's negative. A row
  /// has five bytes: in byte i < 4 the entries of groups 2i and 2i+1 in bits 0-3 and 4-7, in the last the sign of group
  /// g in bit g. The bytes i of all rows lie one after the other.
  Tl2,
  /// 2 bits a weight, code = w + 1, column by column, so that a column whose activation is 0 need not
  /// be read. A column of the tile is tileRows/4 bytes: a line of 64 bytes for every 256 rows. Byte
  /// 16L + 4v + d of line s holds rows 256s + 64f + 16v + 4L + d in bits 2f, 2f+1 (f, v, L, d < 4):
  /// transposing the bytes of four columns in 16-byte segments (punpcklbw, punpcklwd) gives four
  /// vectors v whose 32-bit lanes are rows 16v, 16v+1, ... of field f, each with its four columns.
  /// Column c is the (c * columnStep mod padded columns)-th of its band: some of the columns read
  /// in order must look random to hardware prefetchers, which else read most of the others as well
  /// (30 % of the columns of 6,912 on Zen 4: 9 GB/s in order, 30 GB/s scattered).
  Columns2,
  /// For dot products, 1.6 bits a weight: five columns in a byte. Each row of the tile is V =
  /// tileColumns/5 bytes, the rows one after the other; byte j of a row holds the codes c_k = w + 1
  /// of columns kV+j, k < 5, as the base-3 number
  ///   n = (2 - c4) + 3 c0 + 9 c1 + 27 c2 + 81 c3, plus 2 if n >= 126.
  /// The gap is there for 128-entry byte permutes, which see the low 7 bits of a byte b: those are
  /// 3 m + 2 - c4 with m = (n / 3) mod 42, so that one permute gives c4; and the average
  /// (b + c4 + 1) >> 1 = 64 [n >= 126] + ((3 m + 3) >> 1) is another one for each n / 3, so that a
  /// second one gives c0 to c3.
  Trits5,
  /// For bit-serial lookups (T-MAC, arXiv 2407.00088), b bits a weight: bit i of the weight's code is in
  /// plane i. Two or more planes hold -2^(b-1) to 2^(b-1) - 1, code = w + 2^(b-1), so ternary weights too;
  /// one plane holds binary weights -1 and 1, code = w > 0. Eight columns are a byte a row in each
  /// plane, column j in bit j; the rows of plane 0 one after the other, then those of plane 1 and so
  /// on, then the next eight columns.
  Planes1,
  Planes2,
  Planes3,
  Planes4,
};

/// The line that a column of columns2 is for every 256 rows: 64 rows in each field of two bits.
struct Columns2Line {
  static constexpr int64_t fields = 4, bytes = 64, fieldRows = bytes, rows = fields * fieldRows;
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
  /// Bytes of one tile, of one band, of a whole matrix.
  int64_t tileBytes() const;
  int64_t bandBytes(int64_t columns) const;
  int64_t matrixBytes(int64_t rows, int64_t columns) const;
  /// How far apart in a band of columns2 neighbouring columns lie, modulo the padded columns, to
  /// which it is prime.
  int64_t columnStep(int64_t columns) const;
};

/// "codes2", "lut3", "tl1", "tl2", "columns2", "trits5", "planes1" to "planes4" and back; the names used
/// in #ternary.layout, manifests and tuning files.
std::string_view encodingName(Encoding encoding);
Result<Encoding> parseEncoding(std::string_view name);

/// One-bit planes of an encoding: 1 to 4 for planes1 to planes4, 0 for the others.
int64_t planeCount(Encoding encoding);
/// Whether an encoding has a code for that weight: all have for -1, 0 and 1 but planes1, which has none for 0.
bool holds(Encoding encoding, int weight);

/// "codes2:4x256", as printed in remarks and manifests, and back. Errors: another form, an unknown encoding, tile sizes
/// that it cannot have.
std::string layoutName(const Layout &layout);
Result<Layout> parseLayout(std::string_view name);

/// Packs one band: `rows` <= layout.tileRows rows of `columns` weights that the encoding holds (trits; integers of a
/// few bits for planes), row-major, into exactly layout.bandBytes(columns) bytes. Missing rows and columns are packed
/// as weight 0.
void packBand(const Layout &layout, std::span<const int8_t> trits, int64_t rows, int64_t columns,
              std::span<uint8_t> out);

/// The inverse of packBand: writes `rows` x `columns` weights.
void unpackBand(const Layout &layout, std::span<const uint8_t> packed, int64_t rows, int64_t columns,
                std::span<int8_t> trits);

} // namespace tern
