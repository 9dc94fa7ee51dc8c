//===- kernel_library.h - Products compiled by the pipelines, ready to call --===//
#pragma once

#include "compiler/emit/target.h"
#include "lib/base/result.h"
#include "lib/trit/layout.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tern::test {

/// A product of `rows` x `columns` weights with codes of at most `tokenBound` tokens.
struct KernelShape {
  int64_t rows, columns, tokenBound;
};

/// One call of a kernel: the operands of ternary.gemm.
struct KernelCall {
  const int8_t *codes; ///< [paddedTokens][paddedColumns]
  const int32_t *sums; ///< [paddedTokens]
  const uint8_t *weights;
  int32_t *out; ///< [paddedTokens][paddedRows]
  int64_t begin, size, tokens;
};

/// A compiled product and what the kernel choice made of its shape.
struct CompiledProduct {
  KernelShape shape;
  Layout layout;
  int64_t paddedTokens, paddedRows, paddedColumns;
  void *address;

  void operator()(const KernelCall &call) const;
};

/// The kernels of a family for many shapes, chosen by the select pipeline, lowered by the tile,
/// lower and LLVM pipelines, optimised, emitted and linked as those of a model, and loaded into
/// this process.
class KernelLibrary {
public:
  static Result<KernelLibrary> build(const TargetInfo &target, const std::string &family,
                                     std::span<const KernelShape> shapes);
  std::span<const CompiledProduct> products() const { return compiled; }

private:
  std::shared_ptr<void> handle;
  std::vector<CompiledProduct> compiled;
};

} // namespace tern::test
