//===- product.h - Operands of one ternary product --------------------------===//
//
// What a generated product kernel is called with, and made-up operands to check and to time one: the conformance tests,
// the benchmarks and the tuner share them.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/trit/layout.h"

#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tern {

/// One call of a product kernel: out[t][r] = sum over c of W[r][c] * codes[t][c] for the rows [begin, begin + size) and
/// the tokens [0, tokens). Where weights have scales of groups of columns, out is float32 in the same bytes
/// (referenceGroupMatmul).
struct KernelCall {
  const int8_t *codes; ///< [paddedTokens][paddedColumns]
  const int32_t *sums; ///< [paddedTokens], or [paddedTokens][groups]: of each token's codes
  const uint8_t *weights;
  int32_t *out; ///< [paddedTokens][paddedRows]
  int64_t begin, size, tokens;
  const float *scales = nullptr; ///< of groups, placed by Layout::groupScaleIndex
};

/// The sizes that a product kernel was made for. Buffers have the padded sizes.
struct ProductShape {
  int64_t rows, columns;
  int64_t tokenBound; ///< most tokens in one call
  int64_t paddedTokens, paddedRows, paddedColumns;
  Layout layout;
  bool byteTables = false; ///< sums are not exact, but within byteTableError (table.h)
  int64_t group = 0;       ///< columns that share a scale; 0: there are none

  /// Sums of the codes of a token.
  int64_t groups() const { return group == 0 ? 1 : columns / group; }
};

/// Bytes that one call of a product moves: packed weights, codes and sums.
double productBytes(const Layout &layout, int64_t rows, int64_t columns, int64_t tokens);

/// A product kernel and the sizes that it was made for.
struct ProductKernel {
  ProductShape shape;
  std::string variant; ///< the kernel attribute, for people
  std::function<void(const KernelCall &)> run;
};

/// Calls the compiled kernel at `address`, in MLIR's convention for memrefs: allocated and aligned pointer, offset,
/// sizes, strides of codes, sums, weights and results; then begin, size, tokens.
void callProduct(void *address, const ProductShape &shape, const KernelCall &call);

/// Random weights and codes, packed, with the sums that the scalar product gives.
struct ProductOperands {
  /// `density` in [0, 1] is the fraction of columns whose codes are not zero; the same columns are zero for all tokens.
  /// The first token has extreme codes (127, -128), which a 16-bit intermediate would not hold. Weights are from -1 to
  /// 1, or all that the planes of the layout hold.
  ProductOperands(const ProductShape &shape, std::mt19937 &random, double density = 1);
  /// Whether a kernel's sum for that row and token is right: equal to the scalar one, bit by bit where it is a float,
  /// or near enough where the shape allows it.
  bool isRight(int32_t sum, int64_t token, int64_t row) const;

  ProductShape shape;
  std::vector<int8_t> trits;     ///< [rows][columns]
  std::vector<int8_t> codes;     ///< [paddedTokens][paddedColumns]
  std::vector<int32_t> sums;     ///< [paddedTokens][groups]
  std::vector<float> scales;     ///< of groups, as a call takes them
  std::vector<uint8_t> packed;   ///< the trits in the shape's layout
  std::vector<int32_t> expected; ///< [tokenBound][rows], bits of floats with scales of groups
  std::vector<double> errors;    ///< [tokenBound]: most that a sum may be off

private:
  void expectScaled(std::span<const int8_t> dense, std::mt19937 &random);
};

/// The rows [first, second) of thread `thread` of `threads`: whole bands, as even as possible.
std::pair<int64_t, int64_t> productShare(const ProductShape &shape, int64_t thread, int64_t threads);

} // namespace tern
