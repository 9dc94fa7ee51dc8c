//===- encoding.h - What an encoding is -------------------------------------===//
//
// An encoding is a file of encodings/ and a line of encodings.def. What the packer, the dialect and the kernels have to
// know of it is said by its EncodingRules: they ask for a fact, never for an encoding by its name.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/trit/layout.h"
#include "lib/trit/table.h"

namespace tern {

/// How the codes in a byte come out of it, for kernels that multiply the codes themselves.
enum class Fields {
  None,  ///< there are none: codes are indices of tables, or planes of bits
  Bits2, ///< four codes of two bits (Bits2)
  Base3, ///< five codes in a number with base 3 (base3.h)
};

/// Fields of two bits.
struct Bits2 {
  static constexpr int64_t fields = 4, bits = 2;
  static constexpr uint8_t mask = (1 << bits) - 1;
  static constexpr int64_t shift(int64_t field) { return bits * field; }
};

/// Codes of groups of columns, by which kernels look up tables of sums (table.h). A row has `elements` bytes or
/// little-endian words, each with `fields` codes from bit 0 on, group after group; of a mirrored table the code is an
/// entry, and a further element has bit g set where the sum of group g is the entry's negative. Elements i of all rows
/// of a tile lie one after the other, then elements i + 1; then those of the next columns.
struct GroupCodes {
  GroupTable table;
  int64_t elementBits, elements; ///< 8 or 16
  int64_t fields, fieldBits;     ///< codes in an element, and their distance

  constexpr int64_t groups() const { return elements * fields; }
  constexpr int64_t columns() const { return groups() * table.group; }
  constexpr int64_t bytes() const { return (elements + (table.mirrored ? 1 : 0)) * elementBits / 8; }
};

/// One encoding: its unit of columns, how a tile becomes bytes, and what kernels ask. Tiles are dense, row-major
/// [tileRows][tileColumns] weights, padded by the caller with 0.
struct EncodingRules {
  std::string_view name;
  int64_t unitColumns; ///< tile columns are a multiple of it
  int64_t unitBytes;   ///< bytes of one row of `unitColumns` columns
  void (*pack)(const Layout &layout, const int8_t *trits, uint8_t *out);
  void (*unpack)(const Layout &layout, const uint8_t *packed, int8_t *trits);
  int64_t unitRows = 1; ///< tile rows are a multiple of it

  Fields fields = Fields::None;
  /// Of encodings with fields: what was added to a weight, code = w + zero.
  int64_t zero = 1;
  /// Whether a tile lies column by column, each in lines of Columns2Line, and the columns of a band scattered
  /// (Layout::columnStep); else row by row.
  bool columnLines = false;
  const GroupCodes *groups = nullptr; ///< where codes are looked up
  int64_t planes = 0;                 ///< of bits; 0 for encodings of trits
};

const EncodingRules &rulesOf(Encoding encoding);
/// Those of all encodings, in the order of the enum.
std::span<const EncodingRules *const> encodings();

/// pack and unpack of encodings with GroupCodes, and their rules.
void packGroups(const Layout &layout, const int8_t *trits, uint8_t *out);
void unpackGroups(const Layout &layout, const uint8_t *packed, int8_t *trits);
constexpr EncodingRules rulesOfGroups(std::string_view name, const GroupCodes &codes) {
  return {.name = name,
          .unitColumns = codes.columns(),
          .unitBytes = codes.bytes(),
          .pack = packGroups,
          .unpack = unpackGroups,
          .groups = &codes};
}

#define TERN_ENCODING(NAME) extern const EncodingRules k##NAME##Rules;
#include "lib/trit/encodings.def"
#undef TERN_ENCODING

} // namespace tern
