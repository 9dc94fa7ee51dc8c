//===- dense_kernel.h - Float operators as the step functions declare them --===//
//
// A step function calls dense kernels that are declared as func.func with the attribute
// `step.dense` (docs/phases.md has their operands). Here a declaration is read, and its LLVM
// function gets a body around a Halide pipeline that is specialised to the static sizes of the
// operands.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "compiler/target/target_info.h"
#include "lib/base/result.h"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace llvm {
class Module;
}

namespace tern {

enum class DenseElement { F32, F16, BF16, I32, I16, I8, Index };

/// One operand: an index, or a buffer of this shape, outermost dimension first.
struct DenseOperand {
  /// A size that only the call knows.
  static constexpr int64_t dynamic = std::numeric_limits<int64_t>::min();

  DenseElement element = DenseElement::F32;
  std::vector<int64_t> shape;
};

using DenseParameter = std::variant<float, int64_t, std::string>;

struct DenseKernel {
  std::string symbol;
  std::string kind; ///< "rms_norm", "linear", ...
  /// By name; the kind's pipeline reads every one of them.
  std::map<std::string, DenseParameter> parameters = {};
  std::vector<DenseOperand> operands = {};
};

struct CompiledPipeline;
struct DenseKind;

/// The kinds that there are (denseKinds in compiler/operators/operators.h), and pipelines that were compiled before:
/// equal kernels of one model compile once.
struct DenseCache {
  const std::vector<DenseKind> &kinds;
  std::map<std::string, std::shared_ptr<const CompiledPipeline>> pipelines = {};
};

/// Gives the declared LLVM function its body. Operands arrive by MLIR's default convention and do
/// not overlap, except where both are only read. The body calls nothing and allocates nothing but
/// stack. The module has its triple and data layout already. Errors: an unknown kind, a parameter that is missing or
/// that the kind does not read, operands that break the kind's rules, a declaration of another type, an architecture
/// without kernels, or what Halide reports.
Status defineDenseKernel(llvm::Module &module, const DenseKernel &kernel, const TargetInfo &target, DenseCache &cache);

} // namespace tern
