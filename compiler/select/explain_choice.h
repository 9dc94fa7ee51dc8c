//===- explain_choice.h - Remarks on the kernel of a product --------------===//
#pragma once

#include "compiler/select/kernel_choice.h"

namespace tern {

/// Two remarks of the pass `category`, each a readable line and the same facts by name: "kernel", the family against
/// the others by the cost model's figure or by what was measured; "tile", the family's tile against its other ones.
void explainChoice(ternary::MatmulOp matmul, ternary::WeightOp weight, const WeightKernels &kernels,
                   const TargetInfo &target, llvm::StringRef category);

} // namespace tern
