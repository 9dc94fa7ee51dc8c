//===- select_kernels.cpp - Layouts and kernels for every product ---------===//
#include "compiler/llvm/target_features.h"
#include "compiler/select/kernel_table.h"
#include "compiler/select/passes.h"
#include "dialects/decoder/Decoder.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYSELECTKERNELS
#include "compiler/select/Passes.h.inc"

namespace {

struct SelectKernels : impl::TernarySelectKernelsBase<SelectKernels> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    LLVM::TargetAttr target = targetOf(module);
    if (!target) {
      module.emitError("has no llvm.target attribute, so the kernels that its CPU can run are not known");
      return signalPassFailure();
    }
    const KernelFamily *family = choose(module, target);
    if (!family)
      return signalPassFailure();

    MLIRContext *context = &getContext();
    auto layout = ternary::LayoutAttr::get(context, ternary::EncodingKind::Codes2, family->layout.tileRows,
                                           family->layout.tileColumns);
    for (auto weight : module.getOps<ternary::WeightOp>())
      weight.setLayoutAttr(layout);
    SymbolTable symbols(module);
    module.walk([&](ternary::MatmulOp matmul) { assign(matmul, *family, symbols.lookup<ternary::WeightOp>(matmul.getWeight())); });
  }

  bool runnable(const KernelFamily &family, LLVM::TargetAttr target) {
    return llvm::all_of(family.features, [&](StringRef feature) { return hasFeature(target, feature); });
  }

  const KernelFamily *choose(ModuleOp module, LLVM::TargetAttr target) {
    if (!family.empty()) {
      const KernelFamily *forced = findKernelFamily(family);
      if (!forced) {
        InFlightDiagnostic diagnostic = module.emitError() << "there is no kernel family '" << family.getValue() << "'; there are: ";
        llvm::interleaveComma(kernelFamilies(), diagnostic, [&](const KernelFamily &known) { diagnostic << known.name; });
      } else if (!runnable(*forced, target)) {
        module.emitError() << "kernel family '" << family.getValue() << "' needs features that " << target.getChip().getValue()
                           << " does not have: " << llvm::join(forced->features, ", ");
        return nullptr;
      }
      return forced;
    }
    const KernelFamily *best = nullptr;
    for (const KernelFamily &candidate : kernelFamilies())
      if (runnable(candidate, target) && (!best || candidate.weightsPerCycle > best->weightsPerCycle))
        best = &candidate;
    return best; // the portable family needs no feature, so there is one
  }

  void assign(ternary::MatmulOp matmul, const KernelFamily &family, ternary::WeightOp weight) {
    OpBuilder b(matmul);
    auto product = cast<RankedTensorType>(matmul.getResult().getType());
    int64_t tokens = product.getDimSize(0);
    bool one = tokens < family.tokenBlock;
    matmul.setKernelAttr(ternary::KernelAttr::get(&getContext(), family.strategy, one ? family.unpackOne : family.unpackBlock,
                                                  one ? 1 : family.tokenBlock, one ? family.prefetch : 0));
    // Several products share one quantisation; padding it twice to one width is the same.
    Value codes = matmul.getCodes();
    auto codesType = cast<RankedTensorType>(codes.getType());
    codes.setType(codesType.clone({tokens, family.layout.paddedColumns(weight.getColumns())}));
    matmul.getResult().setType(product.clone({tokens, family.layout.paddedRows(weight.getRows())}));
    ++products;
    if (remarks)
      explain(matmul, family, weight);
  }

  void explain(ternary::MatmulOp matmul, const KernelFamily &chosen, ternary::WeightOp weight) {
    InFlightDiagnostic remark = matmul.emitRemark()
                                << weight.getSymName() << ": " << weight.getRows() << " x " << weight.getColumns() << ", "
                                << cast<RankedTensorType>(matmul.getResult().getType()).getDimSize(0) << " token(s): " << chosen.name
                                << ", layout " << layoutName(chosen.layout) << ", " << llvm::formatv("{0:F2} bits a weight, {1:F1} weights a cycle; against",
                                                 chosen.bitsPerWeight, chosen.weightsPerCycle)
                                       .str();
    LLVM::TargetAttr target = targetOf(getOperation());
    for (const KernelFamily &other : kernelFamilies())
      if (&other != &chosen) {
        remark << " " << other.name << " (";
        if (runnable(other, target))
          remark << llvm::formatv("{0:F1})", other.weightsPerCycle).str();
        else
          remark << "not on " << target.getChip().getValue() << ")";
      }
  }
};

} // namespace
} // namespace tern
