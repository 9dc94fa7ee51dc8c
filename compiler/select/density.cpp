//===- density.cpp - How many activations of a linear layer are not zero ----===//
#include "compiler/select/density.h"

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

llvm::DenseMap<Operation *, double> expectedDensities(ModuleOp module) {
  SymbolTable symbols(module);
  llvm::DenseMap<Operation *, double> densities;
  module.walk([&](ternary::MatmulOp matmul) {
    densities[symbols.lookup(matmul.getWeight())] = expectedDensity(matmul.getCodes());
  });
  return densities;
}

} // namespace tern
