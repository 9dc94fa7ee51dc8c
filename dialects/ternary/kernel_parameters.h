//===- kernel_parameters.h - Text of kernels and ranges of their parameters -===//
//
// What the code that TernaryKernels.td generates calls.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "dialects/ternary/Ternary.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/Support/MathExtras.h"

#include <tuple>

namespace tern::ternary {

template <typename T> struct KernelParameter {
  llvm::StringLiteral name;
  T byDefault;
};

/// Nothing where the text has no parameters; else `<name = value, ...>`.
template <typename Attr, typename... T>
mlir::Attribute parseKernelParameters(mlir::AsmParser &parser, const std::tuple<KernelParameter<T>...> &known) {
  llvm::SMLoc at = parser.getCurrentLocation();
  std::tuple<std::optional<T>...> values;
  auto parseParameter = [&]() -> mlir::ParseResult {
    llvm::SMLoc here = parser.getCurrentLocation();
    llvm::StringRef name;
    if (parser.parseKeyword(&name) || parser.parseEqual())
      return mlir::failure();
    std::optional<mlir::ParseResult> result;
    std::string names;
    auto tryOne = [&](const auto &parameter, auto &value) {
      names += (names.empty() ? "" : ", ") + parameter.name.str();
      if (result || name != parameter.name)
        return;
      if (value) {
        result = parser.emitError(here) << "parameter '" << name << "' is there twice";
        return;
      }
      auto parsed = mlir::FieldParser<std::decay_t<decltype(*value)>>::parse(parser);
      result = mlir::ParseResult(mlir::failure(mlir::failed(parsed)));
      if (mlir::succeeded(parsed))
        value = *parsed;
    };
    [&]<size_t... I>(std::index_sequence<I...>) {
      (tryOne(std::get<I>(known), std::get<I>(values)), ...);
    }(std::index_sequence_for<T...>());
    if (!result)
      return parser.emitError(here) << "a kernel '" << Attr::getMnemonic() << "' has no parameter '" << name
                                    << "'; it has: " << names;
    return *result;
  };
  if (mlir::succeeded(parser.parseOptionalLess()))
    if (parser.parseCommaSeparatedList(parseParameter) || parser.parseGreater())
      return {};
  return [&]<size_t... I>(std::index_sequence<I...>) {
    return mlir::Attribute(Attr::getChecked([&] { return parser.emitError(at); }, parser.getContext(),
                                            std::get<I>(values).value_or(std::get<I>(known).byDefault)...));
  }(std::index_sequence_for<T...>());
}

/// What is not the default.
template <typename... T>
void printKernelParameters(mlir::AsmPrinter &printer, const std::tuple<KernelParameter<T>...> &known,
                           const std::tuple<T...> &values) {
  bool isOpen = false;
  auto printOne = [&](const auto &parameter, const auto &value) {
    if (value == parameter.byDefault)
      return;
    printer.getStream() << (isOpen ? ", " : "<") << parameter.name << " = " << value;
    isOpen = true;
  };
  [&]<size_t... I>(std::index_sequence<I...>) {
    (printOne(std::get<I>(known), std::get<I>(values)), ...);
  }(std::index_sequence_for<T...>());
  if (isOpen)
    printer.getStream() << ">";
}

inline llvm::LogicalResult verifyRange(EmitError emitError, llvm::StringRef name, int64_t value, int64_t least,
                                       int64_t most, llvm::StringRef unit) {
  if (value >= least && value <= most)
    return llvm::success();
  return emitError() << "a kernel's " << name << " must be " << least << " to " << most << (unit.empty() ? "" : " ")
                     << unit << ", not " << value;
}

inline llvm::LogicalResult verifyWidth(EmitError emitError, int64_t width) {
  if (width >= 16 && width <= 64 && llvm::isPowerOf2_64(uint64_t(width)))
    return llvm::success();
  return emitError() << "a kernel's width must be 16, 32 or 64 bytes, not " << width;
}

inline llvm::LogicalResult verifyByteForm(EmitError emitError, TableForm form) {
  if (form != TableForm::Words)
    return llvm::success();
  return emitError() << "a kernel's form must be halves or bytes: indices of bit planes look up bytes, not words";
}

} // namespace tern::ternary
