//===- target_features.h - The target that a module carries ---------------===//
#pragma once

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace tern {

/// The module's #llvm.target under "llvm.target", or null.
inline mlir::LLVM::TargetAttr targetOf(mlir::ModuleOp module) {
  return module->getAttrOfType<mlir::LLVM::TargetAttr>("llvm.target");
}

/// Whether the target has a feature, by LLVM's name ("avx512vnni").
inline bool hasFeature(mlir::LLVM::TargetAttr target, llvm::StringRef name) {
  auto features = target.getFeatures();
  return features && features.contains(("+" + name).str());
}

} // namespace tern
