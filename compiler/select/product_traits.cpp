//===- product_traits.cpp - What products ask of the kernels of a weight ----===//
#include "compiler/select/product_traits.h"

#include "dialects/ternary/Ternary.h"

#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace tern {

double expectedDensity(Value activations) {
  if (auto argument = dyn_cast<BlockArgument>(activations))
    if (auto function = dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp()))
      if (auto density = function.getArgAttrOfType<FloatAttr>(argument.getArgNumber(), kDensityAttr))
        return density.getValueAsDouble();
  auto op = activations.getDefiningOp<step::StepOperator>();
  return op ? op.density(expectedDensity) : 1;
}

bool isTunedByShape(const ProductTraits &traits) {
  return traits.density == 1 && traits.planes == 1 && traits.group == 0;
}

llvm::DenseMap<Operation *, ProductTraits> productTraits(ModuleOp module) {
  SymbolTable symbols(module);
  llvm::DenseMap<Operation *, ProductTraits> traits;
  module.walk([&](ternary::MatmulOp matmul) {
    auto weight = symbols.lookup<ternary::WeightOp>(matmul.getWeight());
    traits[weight] = {expectedDensity(matmul.getCodes()), weight.getFormat().group(), int64_t(matmul.getPlanes())};
  });
  return traits;
}

} // namespace tern
