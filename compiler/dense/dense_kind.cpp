//===- dense_kind.cpp - What a kind asks of its operands ------------------===//
#include "compiler/dense/dense_kind.h"

#include <cctype>
#include <limits>
#include <map>

namespace tern {

Error denseError(const DenseKernel &kernel, const std::string &what) {
  return Error{"dense kernel @" + kernel.symbol + " (" + kernel.kind + "): " + what};
}

Result<const DenseKind *> findDenseKind(const DenseKernel &kernel, const std::vector<DenseKind> &kinds) {
  std::string names;
  for (const DenseKind &kind : kinds) {
    if (kernel.kind == kind.name)
      return &kind;
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  }
  return denseError(kernel, "unknown kind; the kinds are " + names);
}

static const char *elementName(DenseElement element) {
  switch (element) {
  case DenseElement::F32:
    return "f32";
  case DenseElement::F16:
    return "f16";
  case DenseElement::BF16:
    return "bf16";
  case DenseElement::I32:
    return "i32";
  case DenseElement::I16:
    return "i16";
  case DenseElement::I8:
    return "i8";
  case DenseElement::Index:
    return "index";
  }
  return "";
}

Status checkOperands(const DenseKind &kind, const DenseKernel &kernel) {
  if (kernel.operands.size() != kind.operands.size())
    return denseError(kernel, "has " + std::to_string(kernel.operands.size()) + " operands, the kind has " +
                                  std::to_string(kind.operands.size()));
  std::map<std::string, int64_t> sizes;
  for (size_t i = 0; i < kind.operands.size(); ++i) {
    const OperandRule &rule = kind.operands[i];
    const DenseOperand &operand = kernel.operands[i];
    std::string name = "operand " + std::to_string(i) + " (" + rule.name + ") ";
    if (operand.element != rule.element)
      return denseError(kernel,
                        name + "is of " + elementName(operand.element) + ", expected " + elementName(rule.element));
    if (operand.shape.size() != rule.dimensions.size())
      return denseError(kernel, name + "has rank " + std::to_string(operand.shape.size()) + ", expected " +
                                    std::to_string(rule.dimensions.size()));
    for (size_t d = 0; d < rule.dimensions.size(); ++d) {
      int64_t size = operand.shape[d];
      std::string dimension = name + "dimension " + rule.dimensions[d] + " ";
      if (size == DenseOperand::dynamic) {
        if (std::islower(static_cast<unsigned char>(rule.dimensions[d][0])))
          return denseError(kernel, dimension + "must be static");
        continue;
      }
      if (size < 1 || size > std::numeric_limits<int32_t>::max())
        return denseError(kernel, dimension + "is " + std::to_string(size) + ", outside 1 .. 2^31 - 1");
      auto [known, isNew] = sizes.insert({rule.dimensions[d], size});
      if (!isNew && known->second != size)
        return denseError(kernel, dimension + "is " + std::to_string(size) + ", but " + std::to_string(known->second) +
                                      " in an operand before it");
    }
  }
  return {};
}

} // namespace tern
