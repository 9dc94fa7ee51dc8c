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
  return traits.density == 1 && traits.planes == 1 && traits.group == 0 && !traits.embeds;
}

llvm::DenseMap<Operation *, ProductTraits> productTraits(ModuleOp module) {
  SymbolTable symbols(module);
  llvm::DenseMap<Operation *, ProductTraits> traits;
  for (auto weight : module.getOps<ternary::WeightOp>()) // an embedding may have no product
    traits[weight].group = weight.getFormat().group();
  module.walk([&](ternary::MatmulOp matmul) {
    ProductTraits &its = traits[symbols.lookup(matmul.getWeight())];
    its.density = expectedDensity(matmul.getCodes());
    its.planes = int64_t(matmul.getPlanes());
  });
  module.walk([&](ternary::EmbedOp embed) { traits[symbols.lookup(embed.getWeight())].embeds = true; });
  return traits;
}

} // namespace tern
