//===- select_kernels.cpp - Layouts and kernels for every product ---------===//
#include "compiler/select/explain_choice.h"
#include "compiler/select/kernel_choice.h"
#include "compiler/select/passes.h"
#include "compiler/select/product_traits.h"
#include "compiler/target/target.h"
#include "dialects/decoder/Decoder.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace tern {
#define GEN_PASS_DEF_TERNARYSELECTKERNELS
#include "compiler/select/Passes.h.inc"

namespace {

struct SelectKernels : impl::TernarySelectKernelsBase<SelectKernels> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    Result<TargetInfo> found = getTarget(module);
    if (!found) {
      module.emitError("has no llvm.target attribute, so the kernels that its CPU can run are not known");
      return signalPassFailure();
    }
    target = std::move(*found);
    if (!family.empty())
      if (Result<const KernelFamily *> forced = runnableFamily(family, target); !forced) {
        module.emitError() << forced.error().message;
        return signalPassFailure();
      }
    SymbolTable symbols(module);
    llvm::DenseMap<Operation *, ProductTraits> allTraits = productTraits(module);
    llvm::DenseMap<Operation *, WeightKernels> chosen;
    for (auto weight : module.getOps<ternary::WeightOp>()) {
      ProductTraits traits = allTraits.lookup(weight);
      Result<WeightKernels> kernels = choose(weight, traits);
      if (!kernels) {
        module.emitError() << kernels.error().message;
        return signalPassFailure();
      }
      kernels->traits = traits;
      weight.setLayoutAttr(kernels->layout);
      weight->removeAttr(kChoiceAttr);
      weight->setAttr(kFamilyAttr, StringAttr::get(&getContext(), kernels->family->name));
      chosen.try_emplace(weight, std::move(*kernels));
    }
    module.walk([&](ternary::MatmulOp matmul) {
      auto weight = symbols.lookup<ternary::WeightOp>(matmul.getWeight());
      assign(matmul, chosen.at(weight), weight);
    });
  }

  /// Schedule or tuning file, then the forced family, then the cheapest that the target can run.
  Result<WeightKernels> choose(ternary::WeightOp weight, const ProductTraits &traits) {
    if (auto choice = weight->getAttrOfType<DictionaryAttr>(kChoiceAttr)) {
      Result<WeightKernels> kernels = readChoice(choice, target, traits);
      return kernels ? kernels : Error{"choice for " + weight.getSymName().str() + ": " + kernels.error().message};
    }
    if (const KernelFamily *forced = findKernelFamily(family)) { // checked above
      if (!serves(*forced, traits) && serves(*forced, {.group = traits.group}))
        return Error{"kernel family '" + family + "' packs weights as " +
                     std::string(encodingName(forced->layout.encoding)) +
                     ", whose rows an embedding cannot read, and " + weight.getSymName().str() + " is one"};
      if (!serves(*forced, traits))
        return Error{"kernel family '" + family + "' has " +
                     (forced->scalesGroups ? "tiles of " + std::to_string(forced->layout.tileColumns) + " columns"
                                           : std::string("sums of whole rows")) +
                     ", and " + weight.getSymName().str() + " has a scale for each group of " +
                     std::to_string(traits.group) + " columns"};
      return kernelsOf(*forced, target, &getContext(), "--kernel");
    }
    return kernelsOf(cheapestFamily(target, traits), target, &getContext(), kByCostModel.str());
  }

  void assign(ternary::MatmulOp matmul, const WeightKernels &kernels, ternary::WeightOp weight) {
    auto product = cast<RankedTensorType>(matmul.getResult().getType());
    int64_t tokens = product.getDimSize(0);
    matmul.setKernelAttr(kernelFor(kernels, tokens, target));
    // Several products share one quantisation; the widest padding serves all of them.
    Layout layout = ternary::toLayout(kernels.layout);
    Value codes = matmul.getCodes();
    auto codesType = cast<RankedTensorType>(codes.getType());
    int64_t planes = matmul.getPlanes();
    int64_t columns = std::max(codesType.getDimSize(1), planes * layout.paddedColumns(weight.getColumns()));
    codes.setType(codesType.clone({tokens, columns}));
    matmul.getResult().setType(product.clone({tokens, planes * layout.paddedRows(weight.getRows())}));
    ++products;
    explainChoice(matmul, weight, kernels, target, getArgument());
  }

  TargetInfo target;
};

} // namespace
} // namespace tern
