//===- read_dense_kernel.cpp - Dense kernels out of their declarations -----===//
#include "compiler/dense/read_dense_kernel.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace tern {

static std::optional<DenseOperand> readOperand(Type type) {
  if (type.isIndex())
    return DenseOperand{DenseElement::Index, {}};
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return std::nullopt;
  Type element = memref.getElementType();
  DenseOperand operand;
  if (element.isF32())
    operand.element = DenseElement::F32;
  else if (element.isBF16())
    operand.element = DenseElement::BF16;
  else if (element.isInteger(32))
    operand.element = DenseElement::I32;
  else if (element.isInteger(8))
    operand.element = DenseElement::I8;
  else
    return std::nullopt;
  for (int64_t size : memref.getShape())
    operand.shape.push_back(ShapedType::isDynamic(size) ? DenseOperand::dynamic : size);
  return operand;
}

bool isDenseKernel(Operation *declaration) { return declaration->hasAttr("decoder.dense"); }

Result<DenseKernel> readDenseKernel(Operation *declaration) {
  auto attributes = declaration->getAttrOfType<DictionaryAttr>("decoder.dense");
  DenseKernel kernel;
  kernel.symbol = SymbolTable::getSymbolName(declaration).str();
  kernel.kind = attributes.getAs<StringAttr>("kind").str();
  if (auto eps = attributes.getAs<FloatAttr>("eps"))
    kernel.eps = float(eps.getValueAsDouble());
  if (auto scale = attributes.getAs<FloatAttr>("scale"))
    kernel.scale = float(scale.getValueAsDouble());
  if (auto headDim = attributes.getAs<IntegerAttr>("head_dim"))
    kernel.headDim = headDim.getInt();
  if (auto activation = attributes.getAs<StringAttr>("activation"))
    kernel.activation = activation.str();
  for (Type type : attributes.getAs<ArrayAttr>("operands").getAsValueRange<TypeAttr>()) {
    std::optional<DenseOperand> operand = readOperand(type);
    if (!operand)
      return Error{"dense kernel @" + kernel.symbol + ": takes indices and buffers of f32, bf16, i32 or i8 only"};
    kernel.operands.push_back(std::move(*operand));
  }
  return kernel;
}

} // namespace tern
