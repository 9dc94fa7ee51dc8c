//===- row_codes.h - The output head's rows in few bits -------------------===//
//
// A dense matrix W[rows][columns] is stored a second time as two planes of 4-bit codes, coarse and fine, with what is
// needed to bound by how much they are off (docs/screened-head.md). With u and v the codes of one weight, 0 .. 15:
//
//   coarse value   scale[0] * (u - 7.5)
//   fine value     scale[0] * (u - 7.5) + scale[1] * (v - 7.5)
//
// A plane is rows x rowBytes bytes. A row is cut into blocks of 128 columns, the last one padded with code 0; byte j of
// a block's 64 bytes holds column j in bits 0-3 and column 64 + j in bits 4-7, so that a mask or a shift gives
// neighbouring columns to vectors of 16, 32 or 64 bytes alike.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <span>

namespace tern {

inline constexpr int64_t kCodePlanes = 2;
/// Columns of one block.
inline constexpr int64_t kCodeBlock = 128;
/// A code less this, times the scale, is its value.
inline constexpr double kCodeCentre = 7.5;

/// Columns after padding to whole blocks, and bytes of one row of one plane.
constexpr int64_t codeColumns(int64_t columns) { return (columns + kCodeBlock - 1) / kCodeBlock * kCodeBlock; }
constexpr int64_t codeRowBytes(int64_t columns) { return codeColumns(columns) / 2; }

/// What is known of one row beside its codes.
struct RowFigures {
  float scale[kCodePlanes];    ///< of each plane, >= 0
  float residual[kCodePlanes]; ///< an upper bound of ||w - value||, after the coarse plane and after both
  float norm;                  ///< an upper bound of ||w||; infinity if it passes float32
};
/// The figures of all rows are stored as arrays in the order of the struct: [kRowFigures][rows] f32.
inline constexpr int64_t kRowFigures = 5;

/// Encodes one row of finite weights. Each plane gets codeRowBytes(row.size()) bytes.
RowFigures encodeRow(std::span<const float> row, std::span<uint8_t> coarse, std::span<uint8_t> fine);

/// The code of one column in a row of a plane.
inline int codeAt(std::span<const uint8_t> row, int64_t column) {
  int64_t block = column / kCodeBlock, within = column % kCodeBlock, half = kCodeBlock / 2;
  return row[size_t(block * half + within % half)] >> (within < half ? 0 : 4) & 15;
}

} // namespace tern
