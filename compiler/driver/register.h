//===- register.h - Dialects, passes and phase pipelines of the compiler --===//
#pragma once

namespace mlir {
class DialectRegistry;
}

namespace tern {

/// Every dialect that appears in some phase, and the interfaces that the lowering to LLVM needs.
void registerDialects(mlir::DialectRegistry &registry);

/// Tern's passes and the --tern-phase-NAME pipelines, and the upstream passes that the pipelines use.
void registerPasses();

/// Hides the options that LLVM's libraries registered before main (some hundred, of every backend)
/// from --help; --help-hidden lists them. Call it first in main.
void hideLlvmOptions();

} // namespace tern
