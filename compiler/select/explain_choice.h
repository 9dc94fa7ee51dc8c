//===- explain_choice.h - Remarks on the kernel of a product --------------===//
#pragma once

#include "compiler/select/kernel_choice.h"

namespace tern {

/// Remarks of the pass `category`, each a readable line and the same facts by name: "kernel", the family against the
/// others by the cost model's figure or by what was measured; "tile", the family's tile against its other ones; and
/// "portable" (a missed one) where the CPU has no feature that a family better than portable code asks for, with those
/// that it lacks.
void explainChoice(ternary::MatmulOp matmul, ternary::WeightOp weight, const WeightKernels &kernels,
                   const TargetInfo &target, llvm::StringRef category);

} // namespace tern
