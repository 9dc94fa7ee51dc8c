//===- target.h - The CPU that code is made for ----------------------------===//
//
// A target is a triple, a CPU name and the complete list of instruction-set features, all by LLVM's
// names. Features decide about kernels and code, never the CPU's name. In IR the target is the
// upstream attribute #llvm.target under "llvm.target".
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace llvm {
class TargetMachine;
}

namespace tern {

struct TargetInfo {
  std::string triple; ///< "x86_64-pc-linux-gnu"
  std::string cpu;    ///< LLVM's name, "znver4"; never "host"
  /// "+avx2": the code may use it; "-avx512f": the CPU's name implies it but this machine does not
  /// have it. Sorted, complete.
  std::vector<std::string> features;
  bool isHost = false; ///< `cpu` was given as "host"

  /// Whether the code may use a feature ("avx512vnni").
  bool has(std::string_view feature) const;
  /// The features as LLVM's comma-separated string.
  std::string featureString() const;
};

/// The name of the CPU this process runs on, by LLVM's names.
std::string hostCpuName();

/// Resolves a CPU name ("host", "znver4", "x86-64-v3", "neoverse-v1", ...). "host" is this machine
/// with the features that it really has, which under a hypervisor may be fewer than the CPU's.
/// `triple` is empty for the host's, or names an x86-64 or AArch64 Linux ("aarch64-linux-gnu").
/// `extraFeatures` are added ("+f") or taken away ("-f") last. Errors: an unknown CPU (lists the
/// near names), an unknown feature, an unsupported triple, "host" with another architecture.
Result<TargetInfo> resolveTarget(const std::string &cpu, const std::string &triple = "",
                                 std::span<const std::string> extraFeatures = {});

/// The features that the runtime must find in the CPU before it runs the code: those of the target
/// that lib/cpu/features.h can look for. Sorted, without "+".
std::vector<std::string> requiredFeatures(const TargetInfo &target);

/// Puts the target on a module, and reads it back; an error when the module has none.
void setTarget(mlir::ModuleOp module, const TargetInfo &target);
Result<TargetInfo> getTarget(mlir::ModuleOp module);

/// LLVM's code generator for the target, position-independent.
Result<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const TargetInfo &target);

} // namespace tern
