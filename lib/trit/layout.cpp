//===- layout.cpp - How ternary weights lie in memory ---------------------===//
#include "lib/trit/layout.h"

#include "lib/trit/encoding.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <numeric>
#include <vector>

namespace tern {

/// Far above what a register file or a cache line asks for, and small enough that no product below
/// overflows.
static constexpr int64_t kMaxTileRows = 1 << 12, kMaxTileColumns = 1 << 16;

static constexpr const EncodingRules *kEncodings[] = {
#define TERN_ENCODING(NAME) &k##NAME##Rules,
#include "lib/trit/encodings.def"
#undef TERN_ENCODING
};

std::span<const EncodingRules *const> encodings() { return kEncodings; }

const EncodingRules &rulesOf(Encoding encoding) { return *kEncodings[size_t(encoding)]; }

static int64_t roundUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

Status Layout::verify() const {
  if (tileRows < 1 || tileRows > kMaxTileRows)
    return Error{"tile rows must be from 1 to " + std::to_string(kMaxTileRows) + ", not " + std::to_string(tileRows)};
  int64_t unit = rulesOf(encoding).unitColumns;
  if (tileColumns < unit || tileColumns > kMaxTileColumns || tileColumns % unit != 0)
    return Error{"tile columns must be a multiple of " + std::to_string(unit) + " from " + std::to_string(unit) +
                 " to " + std::to_string(kMaxTileColumns) + ", not " + std::to_string(tileColumns)};
  if (int64_t rows = rulesOf(encoding).unitRows; tileRows % rows != 0)
    return Error{"tile rows of " + std::string(encodingName(encoding)) + " must be a multiple of " +
                 std::to_string(rows) + ", not " + std::to_string(tileRows)};
  return {};
}

int64_t Layout::paddedRows(int64_t rows) const { return roundUp(rows, tileRows); }
int64_t Layout::paddedColumns(int64_t columns) const { return roundUp(columns, tileColumns); }
int64_t Layout::tileBytes() const {
  const EncodingRules &rules = rulesOf(encoding);
  return tileRows * (tileColumns / rules.unitColumns) * rules.unitBytes;
}
int64_t Layout::bandBytes(int64_t columns) const { return paddedColumns(columns) / tileColumns * tileBytes(); }
int64_t Layout::matrixBytes(int64_t rows, int64_t columns) const {
  return paddedRows(rows) / tileRows * bandBytes(columns);
}

int64_t Layout::columnStep(int64_t columns) const {
  int64_t padded = paddedColumns(columns);
  // The golden section's smaller part spreads any run of neighbours evenly.
  int64_t step = padded * 382 / 1000 | 1;
  while (std::gcd(step, padded) != 1)
    step += 2;
  return step;
}

bool Layout::hasFields() const { return rulesOf(encoding).fields != Fields::None; }
bool Layout::hasColumnLines() const { return rulesOf(encoding).columnLines; }
bool Layout::hasWordRows() const { return hasFields() && !hasColumnLines() && tileBytes() == 4 * tileRows; }

std::string_view encodingName(Encoding encoding) { return rulesOf(encoding).name; }

Result<Encoding> parseEncoding(std::string_view name) {
  std::string known;
  for (size_t i = 0; i < std::size(kEncodings); ++i) {
    if (name == kEncodings[i]->name)
      return Encoding(i);
    known += (known.empty() ? "" : ", ") + std::string(kEncodings[i]->name);
  }
  return Error{"unknown encoding '" + std::string(name) + "'; known: " + known};
}

int64_t planeCount(Encoding encoding) { return rulesOf(encoding).planes; }

bool holds(Encoding encoding, int weight) {
  switch (int64_t planes = planeCount(encoding)) {
  case 0:
    return weight >= -1 && weight <= 1;
  case 1:
    return weight == -1 || weight == 1;
  default:
    return weight >= -(1 << (planes - 1)) && weight < 1 << (planes - 1);
  }
}

std::string layoutName(const Layout &layout) {
  return std::string(encodingName(layout.encoding)) + ":" + std::to_string(layout.tileRows) + "x" +
         std::to_string(layout.tileColumns);
}

Result<Layout> parseLayout(std::string_view name) {
  Layout layout;
  size_t colon = name.find(':');
  const char *end = name.data() + name.size();
  if (colon != std::string_view::npos) {
    Result<Encoding> encoding = parseEncoding(name.substr(0, colon));
    if (!encoding)
      return encoding.error();
    layout.encoding = *encoding;
    auto rows = std::from_chars(name.data() + colon + 1, end, layout.tileRows);
    if (rows.ec == std::errc() && rows.ptr != end && *rows.ptr == 'x') {
      auto columns = std::from_chars(rows.ptr + 1, end, layout.tileColumns);
      if (columns.ec == std::errc() && columns.ptr == end) {
        if (Status status = layout.verify(); !status)
          return status.error();
        return layout;
      }
    }
  }
  return Error{"\"" + std::string(name) + "\" is no layout of the form codes2:4x256"};
}

/// Calls visit(offset in the tile, offset in the band, bytes) for each column of the tile of
/// column lines that begins with column `first`.
template <typename Visit> static void forEachPlace(const Layout &layout, int64_t columns, int64_t first, Visit visit) {
  int64_t bytes = layout.columnBytes(), padded = layout.paddedColumns(columns);
  int64_t step = layout.columnStep(columns);
  for (int64_t column = 0; column < layout.tileColumns; ++column)
    visit(column * bytes, (first + column) * step % padded * bytes, bytes);
}

void packBand(const Layout &layout, std::span<const int8_t> trits, int64_t rows, int64_t columns,
              std::span<uint8_t> out) {
  assert(rows >= 0 && rows <= layout.tileRows && int64_t(trits.size()) == rows * columns);
  assert(int64_t(out.size()) == layout.bandBytes(columns));
  std::vector<int8_t> tile(size_t(layout.tileRows * layout.tileColumns));
  std::vector<uint8_t> bytes(size_t(layout.tileBytes()));
  uint8_t *to = out.data();
  for (int64_t first = 0; first < columns; first += layout.tileColumns, to += layout.tileBytes()) {
    int64_t count = std::min(layout.tileColumns, columns - first);
    if (count < layout.tileColumns)
      std::ranges::fill(tile, int8_t(0)); // what the tile to the left had there
    for (int64_t row = 0; row < rows; ++row)
      std::copy_n(trits.data() + row * columns + first, count, tile.data() + row * layout.tileColumns);
    if (layout.hasColumnLines()) {
      rulesOf(layout.encoding).pack(layout, tile.data(), bytes.data());
      forEachPlace(layout, columns, first, [&](int64_t inTile, int64_t inBand, int64_t count) {
        std::copy_n(bytes.data() + inTile, count, out.data() + inBand);
      });
    } else {
      rulesOf(layout.encoding).pack(layout, tile.data(), to);
    }
  }
}

void unpackBand(const Layout &layout, std::span<const uint8_t> packed, int64_t rows, int64_t columns,
                std::span<int8_t> trits) {
  assert(rows >= 0 && rows <= layout.tileRows && int64_t(trits.size()) == rows * columns);
  assert(int64_t(packed.size()) == layout.bandBytes(columns));
  std::vector<int8_t> tile(size_t(layout.tileRows * layout.tileColumns));
  std::vector<uint8_t> bytes(size_t(layout.tileBytes()));
  const uint8_t *from = packed.data();
  for (int64_t first = 0; first < columns; first += layout.tileColumns, from += layout.tileBytes()) {
    if (layout.hasColumnLines()) {
      forEachPlace(layout, columns, first, [&](int64_t inTile, int64_t inBand, int64_t count) {
        std::copy_n(packed.data() + inBand, count, bytes.data() + inTile);
      });
      rulesOf(layout.encoding).unpack(layout, bytes.data(), tile.data());
    } else {
      rulesOf(layout.encoding).unpack(layout, from, tile.data());
    }
    for (int64_t row = 0; row < rows; ++row)
      std::copy_n(tile.data() + row * layout.tileColumns, std::min(layout.tileColumns, columns - first),
                  trits.data() + row * columns + first);
  }
}

} // namespace tern
