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

/// How the weights of one tile become bytes: the encodings that there are (encodings.def), each a file of encodings/
/// that says what its bytes hold. What is asked of one stands in encoding.h.
enum class Encoding {
#define TERN_ENCODING(NAME) NAME,
#include "lib/trit/encodings.def"
#undef TERN_ENCODING
};

/// The line that a column of columns2 is for every 256 rows: 64 rows in each field of two bits, 16 of them in each of
/// the four vectors that transposing four lines gives (encodings/columns2.cpp).
struct Columns2Line {
  static constexpr int64_t fields = 4, bytes = 64, fieldRows = bytes, rows = fields * fieldRows, vectorRows = 16;
  /// The first row in field `field` of transposed vector `vector` of a line.
  static constexpr int64_t firstRow(int64_t field, int64_t vector) { return fieldRows * field + vectorRows * vector; }
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
  /// The place of the scale of a row and one of its `groups` groups of columns: band by band, there group by group.
  int64_t groupScaleIndex(int64_t row, int64_t group, int64_t groups) const {
    return (row / tileRows * groups + group) * tileRows + row % tileRows;
  }
  /// How far apart in a band of columns2 neighbouring columns lie, modulo the padded columns, to
  /// which it is prime.
  int64_t columnStep(int64_t columns) const;
  /// Bytes of one column of a tile, where columns lie one after the other.
  int64_t columnBytes() const { return tileBytes() / tileColumns; }
  /// Whether codes come out of fields of a byte (Fields in encoding.h).
  bool hasFields() const;
  /// Whether columns lie in lines of Columns2Line.
  bool hasColumnLines() const;
  /// Whether a row of a tile is one 32-bit word with four columns in each of its fields, so that a vector of words is a
  /// word of several rows: codes2 with 16 columns, trits5 with 20.
  bool hasWordRows() const;
};

/// "codes2", "planes1" and back; the names used in #ternary.layout, manifests and tuning files.
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
