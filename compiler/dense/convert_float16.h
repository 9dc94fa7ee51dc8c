//===- convert_float16.h - The target's own float16 conversion -----------===//
#pragma once

#include "compiler/dense/dense_kernel.h"

namespace llvm {
class Function;
}

namespace tern {

/// Whether the target converts float16 to float32 in one instruction.
bool convertsFloat16(const TargetInfo &target);

/// Makes that conversion of widenFloat16's arithmetic (elementary.h), which gives the same floats for every finite
/// number.
void convertFloat16(llvm::Function &function);

} // namespace tern
