//===- target.h - Targets by name, in IR, and LLVM's view of them ----------===//
#pragma once

#include "compiler/target/cpu_facts.h"
#include "compiler/target/target_info.h"
#include "lib/base/result.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <optional>
#include <span>

namespace llvm {
class TargetMachine;
}

namespace tern {

/// The name of the CPU this process runs on, by LLVM's names.
std::string hostCpuName();

/// Resolves a CPU name by LLVM's names ("x86-64-v3", "neoverse-v1", ...) or "host". "host" is this machine
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

/// The facts of the CPU of the module's target; without a target those of CPUs that were not measured.
const CpuFacts &cpuFactsOf(mlir::ModuleOp module);

/// Which of `features` the target does not have. Nothing when a CPU of its architecture cannot have one of them: the
/// features of x86 are no news on AArch64.
std::optional<std::vector<std::string>> lackingFeatures(const TargetInfo &target,
                                                        std::span<const std::string_view> features);

/// LLVM's code generator for the target, position-independent.
Result<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const TargetInfo &target);

} // namespace tern
