//===- read_dense_kernel.cpp - Dense kernels out of their declarations -----===//
#include "compiler/dense/read_dense_kernel.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace tern {

static std::optional<DenseElement> elementOf(Type type) {
  if (type.isF32())
    return DenseElement::F32;
  if (type.isF16())
    return DenseElement::F16;
  if (type.isBF16())
    return DenseElement::BF16;
  if (type.isInteger(32))
    return DenseElement::I32;
  if (type.isInteger(16))
    return DenseElement::I16;
  if (type.isInteger(8))
    return DenseElement::I8;
  return std::nullopt;
}

static std::optional<DenseOperand> readOperand(Attribute attribute) {
  auto type = dyn_cast<TypeAttr>(attribute);
  if (type && type.getValue().isIndex())
    return DenseOperand{DenseElement::Index, {}};
  auto memref = type ? dyn_cast<MemRefType>(type.getValue()) : MemRefType();
  std::optional<DenseElement> element = memref ? elementOf(memref.getElementType()) : std::nullopt;
  int64_t offset;
  SmallVector<int64_t> strides;
  // Kernels take whole vectors of the innermost dimension.
  if (!element || memref.getRank() == 0 || failed(memref.getStridesAndOffset(strides, offset)) || strides.back() != 1)
    return std::nullopt;
  DenseOperand operand{*element, {}};
  for (int64_t size : memref.getShape())
    operand.shape.push_back(ShapedType::isDynamic(size) ? DenseOperand::dynamic : size);
  return operand;
}

/// A number, an integer or a text; nothing for other attributes.
static std::optional<DenseParameter> readParameter(Attribute value) {
  if (auto number = dyn_cast<FloatAttr>(value))
    return float(number.getValueAsDouble());
  if (auto integer = dyn_cast<IntegerAttr>(value))
    return integer.getInt();
  if (auto text = dyn_cast<StringAttr>(value))
    return text.str();
  return std::nullopt;
}

bool isDenseKernel(Operation *declaration) { return declaration->hasAttr("step.dense"); }

Result<DenseKernel> readDenseKernel(Operation *declaration) {
  DenseKernel kernel;
  if (auto symbol = SymbolTable::getSymbolName(declaration))
    kernel.symbol = symbol.str();
  auto fail = [&](const Twine &what) { return Error{("dense kernel @" + kernel.symbol + ": " + what).str()}; };
  auto attributes = declaration->getAttrOfType<DictionaryAttr>("step.dense");
  auto kind = attributes ? attributes.getAs<StringAttr>("kind") : StringAttr();
  auto operands = attributes ? attributes.getAs<ArrayAttr>("operands") : ArrayAttr();
  if (!kind || !operands)
    return fail("needs the attribute step.dense = {kind = \"...\", operands = [types]}");
  kernel.kind = kind.str();
  for (NamedAttribute attribute : attributes) {
    StringRef name = attribute.getName().strref();
    if (name == "kind" || name == "operands")
      continue;
    std::optional<DenseParameter> parameter = readParameter(attribute.getValue());
    if (!parameter)
      return fail("parameter '" + name + "' is neither a number nor a text");
    kernel.parameters.insert({name.str(), *parameter});
  }
  for (auto [i, attribute] : llvm::enumerate(operands)) {
    std::optional<DenseOperand> operand = readOperand(attribute);
    if (!operand)
      return fail("operand " + Twine(i) +
                  " is neither an index nor a memref of f32, f16, bf16, i32, i16 or i8 with innermost stride 1");
    kernel.operands.push_back(std::move(*operand));
  }
  return kernel;
}

} // namespace tern
