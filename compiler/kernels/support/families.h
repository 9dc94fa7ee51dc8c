//===- families.h - What the families of several kernels share -------------===//
#pragma once

#include "compiler/kernels/support/kernel_set.h"

namespace tern {

inline constexpr std::string_view kAvx512Vnni[] = {"avx512vnni", "avx512bw", "avx512vl"};
inline constexpr std::string_view kAvx512Vbmi[] = {"avx512vbmi", "avx512vnni", "avx512bw", "avx512vl"};
inline constexpr std::string_view kAmx[] = {"amx-int8", "amx-tile", "avx512vnni", "avx512bw", "avx512vl"};
inline constexpr std::string_view kAmxVbmi[] = {"amx-int8",   "amx-tile", "avx512vbmi",
                                                "avx512vnni", "avx512bw", "avx512vl"};
inline constexpr std::string_view kAvx512Bw[] = {"avx512bw", "avx512vl"};
inline constexpr std::string_view kAvxVnni[] = {"avxvnni", "avx2"};
inline constexpr std::string_view kAvx2[] = {"avx2"};
inline constexpr std::string_view kI8mm[] = {"i8mm", "neon"};

/// Blocks of tokens over bytes: rows / lanes x tokens sums, with room in the register file for the operands; `unroll`
/// quads of columns at a time, as many as a word of a row has fields.
inline MakeKernel panelsOf(int64_t width, int64_t rows, int64_t tokens, int64_t unroll = 4) {
  return [=](mlir::MLIRContext *context, const CpuFacts &) {
    return ternary::PanelsAttr::get(context, tokens, unroll, width, rows);
  };
}

/// Blocks of tokens by the tile registers of AMX: four of sums, two of activations and two of weights, so that each
/// that is loaded meets two.
inline ternary::KernelAttr amxTiles(mlir::MLIRContext *context, const CpuFacts &) {
  return ternary::AmxAttr::get(context, /*tokens=*/32, /*rows=*/32);
}
/// A product of two tiles starts every 16 cycles.
inline constexpr double kTileMacsPerCycle = 16.0 * 16 * 64 / 16;

} // namespace tern
