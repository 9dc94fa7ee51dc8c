//===- use_kernels.cpp - Kernel functions out of a file --------------------===//
#include "compiler/kernels/support/kernel_function.h"
#include "compiler/steps/passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYUSEKERNELS
#include "compiler/steps/Passes.h.inc"

namespace {

/// What follows rows and columns in the shape, a model's bound, the stride of its codes and groups, the type says too,
/// and the kernels that tern-bench and tern-tune measure alone do not have it.
constexpr StringLiteral kKeys[] = {kKernelAttr, kShapeAttr};

bool isKernel(func::FuncOp function) {
  return !function.isExternal() && llvm::all_of(kKeys, [&](StringRef key) { return function->hasAttr(key); });
}

struct UseKernels : impl::TernaryUseKernelsBase<UseKernels> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    OwningOpRef<ModuleOp> kernels = parseSourceFile<ModuleOp>(library.getValue(), ParserConfig(&getContext()));
    if (!kernels) {
      module.emitError() << "the kernel library " << library.getValue() << " cannot be read";
      return signalPassFailure();
    }
    int64_t used = 0;
    for (auto replacement : kernels->getOps<func::FuncOp>()) {
      if (!isKernel(replacement))
        continue;
      for (auto function : llvm::to_vector(module.getOps<func::FuncOp>()))
        if (isKernel(function) && sameKey(function, replacement)) {
          if (failed(replaceBody(function, replacement)))
            return signalPassFailure();
          ++used;
        }
    }
    replaced += used;
    if (used == 0) {
      module.emitError() << "no function of the kernel library " << library.getValue()
                         << " has the ternary.kernel and ternary.shape of a kernel of this module";
      return signalPassFailure();
    }
  }

  static bool sameKey(func::FuncOp lhs, func::FuncOp rhs) {
    // One shape has a kernel for one token and one for a block, which their types tell apart.
    return lhs->getAttr(kKeys[0]) == rhs->getAttr(kKeys[0]) && matrixOf(lhs) == matrixOf(rhs) &&
           tokenRows(lhs) == tokenRows(rhs);
  }

  static ArrayRef<int64_t> matrixOf(func::FuncOp kernel) {
    auto shape = kernel->getAttrOfType<DenseI64ArrayAttr>(kKeys[1]);
    return shape ? shape.asArrayRef().take_front(2) : ArrayRef<int64_t>();
  }

  static int64_t tokenRows(func::FuncOp kernel) {
    if (kernel.getNumArguments() == 0)
      return 0;
    auto codes = dyn_cast<MemRefType>(kernel.getArgumentTypes().front());
    return codes && codes.getRank() == 2 ? codes.getDimSize(0) : 0;
  }

  static LogicalResult replaceBody(func::FuncOp function, func::FuncOp replacement) {
    if (function.getFunctionType() != replacement.getFunctionType())
      return replacement.emitError() << "@" << replacement.getSymName() << " has type " << replacement.getFunctionType()
                                     << ", but the kernel that it replaces has type " << function.getFunctionType();
    function.getBody().getBlocks().clear();
    IRMapping mapping;
    replacement.getBody().cloneInto(&function.getBody(), mapping);
    return success();
  }
};

} // namespace
} // namespace tern
