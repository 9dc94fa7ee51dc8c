//===- target_info.h - What code is made for -------------------------------===//
//
// A target is a triple, a CPU name and the complete list of instruction-set features, all by LLVM's names. Everything
// that kernels and code depend on is asked of this one description: features, vectors and registers here, instructions
// in instructions.h, and what was measured on a CPU in cpu_facts.h, the only place where a CPU's name decides. In IR
// the target is the upstream attribute #llvm.target under "llvm.target" (target.h).
//
// No LLVM here: the half of compiler/dense that knows Halide includes it.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

struct TargetInfo {
  std::string triple = {}; ///< "x86_64-pc-linux-gnu"
  std::string cpu = {};    ///< LLVM's name of the CPU, never "host"
  /// "+avx2": the code may use it; "-avx512f": the CPU's name implies it but this machine does not
  /// have it. Sorted, complete.
  std::vector<std::string> features = {};
  bool isHost = false; ///< `cpu` was given as "host"

  /// Whether the code may use a feature ("avx512vnni").
  bool has(std::string_view feature) const;
  /// The features as LLVM's comma-separated string.
  std::string featureString() const;
  /// "x86_64": the triple up to its first dash.
  std::string_view architecture() const;
};

/// The target's vectors, in bytes, and the registers that hold them. All widths are powers of two from 16 to 64.
struct VectorUnit {
  int64_t bytes;      ///< of the widest register
  int64_t floatBytes; ///< what dense kernels work with: a full set of instructions for floats of that width
  int64_t dotBytes;   ///< what products work with: the widest for which ternary.dot is an instruction; 16 without one
  int64_t registers;  ///< that there are of every width
};

VectorUnit vectorUnit(const TargetInfo &target);

} // namespace tern
