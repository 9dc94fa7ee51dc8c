//===- kernel_library.h - Products compiled by the pipelines, ready to call --===//
#pragma once

#include "compiler/target/target.h"
#include "compiler/tile/kernel_changes.h"
#include "lib/base/result.h"
#include "lib/trit/product.h"
#include "lib/tuning/tuning_file.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace llvm {
class Module;
}

namespace tern {

/// How kernels of a CPU that this one is not are run here all the same, for tests.
struct Emulation {
  TargetInfo machine; ///< what code is made for in the target's place
  /// Makes of the output of phase llvm, not yet optimised, one that `machine` has all instructions of.
  std::function<Result<std::unique_ptr<llvm::Module>>(std::unique_ptr<llvm::Module>)> replace;
};

/// A product of `rows` x `columns` weights with codes of at most `tokenBound` tokens.
struct KernelShape {
  int64_t rows, columns, tokenBound;
  KernelChoice choice = {}; ///< instead of what the selection takes, unless its family is empty
  int64_t group = 0;        ///< columns that share a scale, which divide them; 0: the matrix has one
  int64_t planes = 1;       ///< bytes of a code, each a row of codes to the kernel; of all shapes of a call
};

/// Compiles the kernels of a family (empty: the one that the selection takes) for many shapes, which have one token
/// bound: chosen by the select pipeline, lowered by the tile, lower and LLVM pipelines, optimised, emitted and linked
/// as those of a model, and loaded into this process. The result is one kernel for a single token for every shape, in
/// order, then one for the token bound for every shape. The code stays loaded as long as one of its kernels lives.
/// `changes` are made in the output of phase tiled, as in a model. With `emulation` the kernels are those of `target`
/// up to phase llvm.
Result<std::vector<ProductKernel>> compileProducts(const TargetInfo &target, const std::string &family,
                                                   std::span<const KernelShape> shapes,
                                                   const KernelChanges &changes = {},
                                                   const std::optional<Emulation> &emulation = std::nullopt);

} // namespace tern
