//===- codegen.h - From the LLVM dialect to machine code ---------------------===//
#pragma once

#include "compiler/target/target.h"
#include "lib/base/result.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace tern {

/// Run-time checks that are compiled into the model's code. Such an object loads only into a
/// runtime built with the same sanitizer.
enum class Sanitizer { None, Address, Thread };

/// "none", "address" or "thread".
std::optional<Sanitizer> parseSanitizer(std::string_view name);

/// What LLVM IR can say of a module in phase llvm, its functions and globals, for a machine: what is declared has no
/// body yet, and nothing is optimised. `module` is not changed.
Result<std::unique_ptr<llvm::Module>> translateCode(mlir::ModuleOp module, const std::string &name,
                                                    llvm::TargetMachine &machine, llvm::LLVMContext &context);

/// The output of phase llvm: the step functions and kernels of `module` (LLVM dialect, with its
/// declarations of weights still there) as LLVM IR for the target in the module's llvm.target, with
/// the dense kernels defined, the model's header and sections, optimised. Only the header and
/// the query are visible outside. `module` is not changed.
Result<std::unique_ptr<llvm::Module>> buildLlvmModule(mlir::ModuleOp module, Sanitizer sanitizer,
                                                      llvm::LLVMContext &context);

enum class CodeForm { Assembly, Object };

/// Assembly text or an ELF relocatable object. The same module gives the same bytes.
Result<std::string> emitCode(llvm::Module &code, const TargetInfo &target, CodeForm form);

} // namespace tern
