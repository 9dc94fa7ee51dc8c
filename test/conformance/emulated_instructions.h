//===- emulated_instructions.h - Instructions that this CPU does not have -----===//
//
// Kernels for one CPU are checked on another: the instructions that phase llvm names are intrinsics of an architecture
// ("llvm.x86.avx512.vpdpbusd.512"), and each becomes a call of a function of this program that computes, lane by lane,
// what the manuals of Intel and Arm say. All other code of the kernel is plain LLVM IR on vectors, which any target
// has.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <memory>

namespace llvm {
class Module;
}

namespace tern::test {

/// The module with calls of this process's functions in the place of every intrinsic of an architecture; a tile
/// register of AMX is a vector of 256 words. The code holds addresses of this process. An error names an intrinsic that
/// is not emulated.
Result<std::unique_ptr<llvm::Module>> emulateInstructions(std::unique_ptr<llvm::Module> code);

} // namespace tern::test
