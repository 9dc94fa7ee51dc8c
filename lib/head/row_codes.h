//===- row_codes.h - The output head's rows in few bits -------------------===//
//
// A dense matrix W[rows][columns] is stored a second time as two planes of codes, coarse ones of 4 bits and fine ones
// of 2, with what is needed to bound by how much they are off (docs/screened-head.md). With u, 0 .. 15, and v, 0 .. 3,
// the codes of one weight:
//
//   coarse value   scale[0] * (u - 7.5)
//   fine value     scale[0] * (u - 7.5) + scale[1] * (v - 1.5)
//
// A plane is rows x codeRowBytes bytes, the fine one behind the coarse one. A row is a number of lines of 64 bytes, the
// last one padded with code 0. Byte j of a line of b-bit codes holds its columns j, 64 + j, ... from the lowest bits
// up, so that a shift and a mask give neighbouring columns to vectors of 16, 32 or 64 bytes alike.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <span>

namespace tern {

inline constexpr int64_t kCodePlanes = 2;
/// Bits of a code: the coarse plane of all rows is read for each token, the fine one of the rows that it leaves, a
/// tenth of random ones. They come at half the speed of neighbouring rows, and 2 bits leave so few of them that their
/// bf16 rows cost less than 2 bits more would (docs/performance.md, "Output head").
inline constexpr int64_t kCodeBits[kCodePlanes] = {4, 2};
inline constexpr int64_t kCodeLineBytes = 64;

/// Columns in one line of a plane.
constexpr int64_t codeLineColumns(int64_t plane) { return kCodeLineBytes * 8 / kCodeBits[plane]; }
/// Lines of one row of a plane, and their bytes.
constexpr int64_t codeLines(int64_t columns, int64_t plane) {
  return (columns + codeLineColumns(plane) - 1) / codeLineColumns(plane);
}
constexpr int64_t codeRowBytes(int64_t columns, int64_t plane) { return codeLines(columns, plane) * kCodeLineBytes; }
/// Columns after padding to whole lines of every plane: how long the codes of a hidden state are.
constexpr int64_t codeColumns(int64_t columns) {
  return codeLines(columns, kCodePlanes - 1) * codeLineColumns(kCodePlanes - 1);
}
/// A code less this, times the scale, is its value.
constexpr double codeCentre(int64_t plane) { return double((1 << kCodeBits[plane]) - 1) / 2; }

/// What is known of one row beside its codes.
struct RowFigures {
  float scale[kCodePlanes];    ///< of each plane, >= 0
  float residual[kCodePlanes]; ///< an upper bound of ||w - value||, after the coarse plane and after both
  float norm;                  ///< an upper bound of ||w||; infinity if it passes float32
};
/// The figures of all rows are stored as arrays in the order of the struct: [kRowFigures][rows] f32.
inline constexpr int64_t kRowFigures = 5;

/// Encodes one row of finite weights. Each plane gets codeRowBytes(row.size(), plane) bytes.
RowFigures encodeRow(std::span<const float> row, std::span<uint8_t> coarse, std::span<uint8_t> fine);

/// The code of one column in a row of a plane.
inline int codeAt(std::span<const uint8_t> row, int64_t plane, int64_t column) {
  int64_t line = column / codeLineColumns(plane), within = column % codeLineColumns(plane);
  int byte = row[size_t(line * kCodeLineBytes + within % kCodeLineBytes)];
  return byte >> (within / kCodeLineBytes * kCodeBits[plane]) & ((1 << kCodeBits[plane]) - 1);
}

} // namespace tern
