//===- kernel_passes.cpp - A pass for each kernel --------------------------===//
#include "compiler/kernels/support/kernel_set.h"
#include "compiler/pass_statistic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

#include "compiler/kernels/support/KernelLowering.cpp.inc"

namespace tern {
namespace {

/// Builds the loops of one kernel's products. There is one pass a kernel, so that each is run and read alone; they
/// differ in nothing but the attribute that they look for.
class BuildKernel : public PassWrapper<BuildKernel, OperationPass<func::FuncOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(BuildKernel)

  explicit BuildKernel(const KernelKind &kind) : kind(kind) {}
  BuildKernel(const BuildKernel &other) : PassWrapper(other), kind(other.kind) {}

  StringRef getArgument() const override { return kind.pass; }
  StringRef getName() const override { return kind.pass; }
  StringRef getDescription() const override { return kind.summary; }

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<ternary::TernaryDialect, memref::MemRefDialect, scf::SCFDialect, arith::ArithDialect,
                    vector::VectorDialect>();
    kind.addDialects(registry);
    registerKernels(registry);
  }

  void runOnOperation() override {
    SmallVector<ternary::GemmOp> products;
    getOperation().walk([&](ternary::GemmOp gemm) {
      if (gemm.getKernel().getTypeID() == kind.attribute)
        products.push_back(gemm);
    });
    for (ternary::GemmOp gemm : products)
      cast<KernelLowering>(gemm.getKernel()).build(gemm);
    tiled += products.size();
  }

private:
  const KernelKind &kind;
  PassStatistic tiled{this, "tiled", "Products that became loops"};
};

} // namespace

void registerKernels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, ternary::TernaryDialect *) {
    for (const KernelKind &kind : allKernels().kinds)
      kind.attach(*context);
  });
}

void registerKernelPasses() {
  for (const KernelKind &kind : allKernels().kinds)
    registerPass([&kind]() -> std::unique_ptr<Pass> { return std::make_unique<BuildKernel>(kind); });
}

void addKernelPasses(OpPassManager &manager) {
  for (const KernelKind &kind : allKernels().kinds)
    manager.addNestedPass<func::FuncOp>(std::make_unique<BuildKernel>(kind));
}

} // namespace tern
