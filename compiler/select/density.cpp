//===- density.cpp - How many activations of a linear layer are not zero ----===//
#include "compiler/select/density.h"

#include "dialects/decoder/Decoder.h"
#include "dialects/ternary/Ternary.h"

#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace tern {

double expectedDensity(Value activations) {
  // relu^2 makes half of random gates zero, and its large values push most of the others below half a step of the int8
  // codes.
  constexpr double kRelu2Density = 0.3;
  if (auto scaled = activations.getDefiningOp<ternary::ScaleColumnsOp>())
    activations = scaled.getInput();
  if (auto norm = activations.getDefiningOp<decoder::RmsNormOp>())
    activations = norm->getOperand(0);
  if (auto argument = dyn_cast<BlockArgument>(activations))
    if (auto function = dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp()))
      if (auto density = function.getArgAttrOfType<FloatAttr>(argument.getArgNumber(), kDensityAttr))
        return density.getValueAsDouble();
  auto gate = activations.getDefiningOp<decoder::GateOp>();
  return gate && gate.getActivation() == decoder::Activation::Relu2 ? kRelu2Density : 1;
}

llvm::DenseMap<Operation *, double> expectedDensities(ModuleOp module) {
  SymbolTable symbols(module);
  llvm::DenseMap<Operation *, double> densities;
  module.walk([&](ternary::MatmulOp matmul) {
    if (Operation *quantize = matmul.getCodes().getDefiningOp())
      densities[symbols.lookup(matmul.getWeight())] = expectedDensity(quantize->getOperand(0));
  });
  return densities;
}

} // namespace tern
