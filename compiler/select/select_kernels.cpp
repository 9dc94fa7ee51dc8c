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
    target = targetOf(module);
    if (!target) {
      module.emitError("has no llvm.target attribute, so the kernels that its CPU can run are not known");
      return signalPassFailure();
    }
    const KernelFamily *forced = nullptr;
    if (!family.empty() && !(forced = forcedFamily()))
      return signalPassFailure();
    llvm::DenseMap<Operation *, const KernelFamily *> families;
    for (auto weight : module.getOps<ternary::WeightOp>()) {
      const KernelFamily *chosen = forced ? forced : cheapest();
      families[weight] = chosen;
      weight.setLayoutAttr(ternary::toAttr(&getContext(), chosen->layout));
    }
    SymbolTable symbols(module);
    module.walk([&](ternary::MatmulOp matmul) {
      auto weight = symbols.lookup<ternary::WeightOp>(matmul.getWeight());
      assign(matmul, *families.at(weight), weight);
    });
  }

  bool runnable(const KernelFamily &family) {
    return llvm::all_of(family.features, [&](StringRef feature) { return hasFeature(target, feature); });
  }

  /// The cheapest family that the target can run.
  const KernelFamily *cheapest() {
    const KernelFamily *best = nullptr;
    for (const KernelFamily &candidate : kernelFamilies())
      if (candidate.exact && candidate.automatic && runnable(candidate) && (!best || candidate.cost() < best->cost()))
        best = &candidate;
    return best; // the portable family needs no feature, so there is one
  }

  /// The family that option `family` names; null after an error.
  const KernelFamily *forcedFamily() {
    const KernelFamily *named = findKernelFamily(family);
    ModuleOp module = getOperation();
    if (!named) {
      InFlightDiagnostic diagnostic = module.emitError() << "there is no kernel family '" << family.getValue() << "'; there are: ";
      llvm::interleaveComma(kernelFamilies(), diagnostic, [&](const KernelFamily &known) { diagnostic << known.name; });
    } else if (!runnable(*named)) {
      module.emitError() << "kernel family '" << family.getValue() << "' needs features that " << target.getChip().getValue()
                         << " does not have: " << llvm::join(named->features, ", ");
      return nullptr;
    }
    return named;
  }

  void assign(ternary::MatmulOp matmul, const KernelFamily &family, ternary::WeightOp weight) {
    auto product = cast<RankedTensorType>(matmul.getResult().getType());
    int64_t tokens = product.getDimSize(0);
    const KernelParameters &parameters = tokens < family.block.tokens || tokens == 1 ? family.one : family.block;
    matmul.setKernelAttr(parameters.toAttr(&getContext()));
    // Several products share one quantisation; the widest padding serves all of them.
    Value codes = matmul.getCodes();
    auto codesType = cast<RankedTensorType>(codes.getType());
    int64_t columns = std::max(codesType.getDimSize(1), family.layout.paddedColumns(weight.getColumns()));
    codes.setType(codesType.clone({tokens, columns}));
    matmul.getResult().setType(product.clone({tokens, family.layout.paddedRows(weight.getRows())}));
    ++products;
    if (remarks)
      explain(matmul, family, weight);
  }

  void explain(ternary::MatmulOp matmul, const KernelFamily &chosen, ternary::WeightOp weight) {
    int64_t tokens = cast<RankedTensorType>(matmul.getResult().getType()).getDimSize(0);
    InFlightDiagnostic remark = matmul.emitRemark()
                                << weight.getSymName() << ": " << weight.getRows() << " x " << weight.getColumns() << ", " << tokens
                                << " token(s): " << chosen.name << ", layout " << layoutName(chosen.layout) << ", "
                                << llvm::formatv("{0:F2} bits a weight, {1:F1} weights a cycle, cost {2:F1}; against", chosen.bitsPerWeight,
                                                 chosen.weightsPerCycle, chosen.cost())
                                       .str();
    for (const KernelFamily &other : kernelFamilies())
      if (&other != &chosen) {
        remark << " " << other.name << " (";
        if (runnable(other))
          remark << llvm::formatv("{0:F1})", other.cost()).str();
        else
          remark << "not on " << target.getChip().getValue() << ")";
      }
  }

  LLVM::TargetAttr target;
};

} // namespace
} // namespace tern
