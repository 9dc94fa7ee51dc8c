//===- TernaryDialect.cpp - Registration and attributes of ternary --------===//
#include "dialects/ternary/kernel_parameters.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tern::ternary;

#include "dialects/ternary/TernaryDialect.cpp.inc"
#include "dialects/ternary/TernaryEnums.cpp.inc"

#include "dialects/ternary/KernelAttr.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/ternary/TernaryAttrs.cpp.inc"

void TernaryDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/ternary/TernaryAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/ternary/TernaryOps.cpp.inc"
      >();
}

/// Appends the tokens up to the '>' that closes a '<' already read, which is read too: lib/weights has the grammar.
static ParseResult parseTokens(AsmParser &parser, std::string &text) {
  for (int depth = 1; depth > 0;) {
    StringRef word;
    int64_t number;
    OptionalParseResult isNumber = parser.parseOptionalInteger(number);
    if (isNumber.has_value()) {
      if (failed(*isNumber))
        return failure();
      text += std::to_string(number) + " ";
    } else if (succeeded(parser.parseOptionalKeyword(&word))) {
      text += word.str() + " ";
    } else if (succeeded(parser.parseOptionalComma())) {
      text += ", ";
    } else if (succeeded(parser.parseOptionalLSquare())) {
      text += "[";
    } else if (succeeded(parser.parseOptionalRSquare())) {
      text += "]";
    } else if (succeeded(parser.parseOptionalLess())) {
      text += "<";
      ++depth;
    } else if (succeeded(parser.parseOptionalGreater())) {
      text += --depth > 0 ? ">" : "";
    } else {
      return parser.emitError(parser.getCurrentLocation(), "expected a weight format, which ends with '>'");
    }
  }
  return success();
}

Attribute FormatAttr::parse(AsmParser &parser, Type) {
  std::string text;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parseTokens(parser, text))
    return {};
  tern::Result<tern::WeightFormat> format = tern::parseWeightFormat(text);
  if (!format) {
    parser.emitError(loc) << format.error().message;
    return {};
  }
  return FormatAttr::get(parser.getContext(), *format);
}

void FormatAttr::print(AsmPrinter &printer) const { printer << "<" << tern::formatText(getFormat()) << ">"; }

LogicalResult FormatAttr::verify(function_ref<InFlightDiagnostic()> emitError, tern::WeightFormat format) {
  tern::Status status = format.verify();
  return status ? success() : LogicalResult(emitError() << status.error().message);
}

ParseResult tern::ternary::parseKernel(AsmParser &parser, KernelAttr &kernel) {
  SMLoc at = parser.getCurrentLocation();
  StringRef name;
  Attribute attribute;
  OptionalParseResult parsed = generatedAttributeParser(parser, &name, Type(), attribute);
  if (parsed.has_value() && failed(*parsed))
    return failure();
  kernel = dyn_cast_or_null<KernelAttr>(attribute);
  if (!kernel)
    return parser.emitError(at) << "there is no kernel '" << name << "'";
  return success();
}

void tern::ternary::printKernel(AsmPrinter &printer, Operation *, KernelAttr kernel) {
  if (failed(generatedAttributePrinter(kernel, printer)))
    llvm_unreachable("kernels are attributes of this dialect");
}

LayoutAttr tern::ternary::toAttr(MLIRContext *context, const tern::Layout &layout) {
  return LayoutAttr::get(context, layout);
}

tern::Layout tern::ternary::toLayout(LayoutAttr attr) { return attr.getLayout(); }

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  SMLoc at = parser.getCurrentLocation();
  StringRef name;
  tern::Layout layout;
  if (parser.parseLess() || parser.parseKeyword(&name))
    return {};
  tern::Result<tern::Encoding> encoding = tern::parseEncoding(name);
  if (!encoding) {
    parser.emitError(at) << encoding.error().message;
    return {};
  }
  layout.encoding = *encoding;
  if (parser.parseComma() || parser.parseInteger(layout.tileRows) || parser.parseKeyword("by") ||
      parser.parseInteger(layout.tileColumns) || parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(at); }, parser.getContext(), layout);
}

void LayoutAttr::print(AsmPrinter &printer) const {
  printer << "<" << tern::encodingName(getLayout().encoding) << ", " << getTileRows() << " by " << getTileColumns()
          << ">";
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, tern::Layout layout) {
  tern::Status status = layout.verify();
  return status ? success() : LogicalResult(emitError() << status.error().message);
}

//===-- Codes ----------------------------------------------------------------===//

CodesAttr CodesAttr::get(MLIRContext *context, const tern::ActivationCodes &codes) {
  Builder b(context);
  auto statistic =
      codes.statistic == tern::ActivationCodes::Statistic::AbsMean ? Statistic::AbsMean : Statistic::AbsMax;
  return get(context, codes.bits, statistic, b.getF32FloatAttr(codes.range), b.getF32FloatAttr(codes.floor),
             codes.roundedTwice);
}

tern::ActivationCodes CodesAttr::toCodes() const {
  auto statistic = getStatistic() == Statistic::AbsMean ? tern::ActivationCodes::Statistic::AbsMean
                                                        : tern::ActivationCodes::Statistic::AbsMax;
  return {int(getBits()), statistic, getRange().getValue().convertToFloat(), getFloor().getValue().convertToFloat(),
          getRoundedTwice()};
}

SmallVector<NamedAttribute> CodesAttr::fields() const {
  Builder b(getContext());
  return {b.getNamedAttr("bits", b.getI64IntegerAttr(getBits())),
          b.getNamedAttr("statistic", b.getStringAttr(stringifyStatistic(getStatistic()))),
          b.getNamedAttr("range", getRange()), b.getNamedAttr("floor", getFloor()),
          b.getNamedAttr("roundings", b.getI64IntegerAttr(getRoundedTwice() ? 2 : 1))};
}

// <i8, absmax 127.0, floor 1.0e-5, rounded twice>
Attribute CodesAttr::parse(AsmParser &parser, Type) {
  Type element;
  StringRef word;
  double range, floor;
  SMLoc at = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseType(element) || parser.parseComma() || parser.parseKeyword(&word))
    return {};
  std::optional<Statistic> statistic = symbolizeStatistic(word);
  if (!element.isSignlessInteger() || !statistic) {
    parser.emitError(at, "expected a type of integers and absmax or absmean, as in <i8, absmax 127.0, ...>");
    return {};
  }
  if (parser.parseFloat(range) || parser.parseComma() || parser.parseKeyword("floor") || parser.parseFloat(floor) ||
      parser.parseComma() || parser.parseKeyword("rounded") || parser.parseOptionalKeyword(&word, {"once", "twice"}) ||
      parser.parseGreater())
    return {};
  Builder &b = parser.getBuilder();
  return getChecked([&] { return parser.emitError(at); }, parser.getContext(), int64_t(element.getIntOrFloatBitWidth()),
                    *statistic, b.getF32FloatAttr(float(range)), b.getF32FloatAttr(float(floor)), word == "twice");
}

void CodesAttr::print(AsmPrinter &printer) const {
  printer << "<i" << getBits() << ", " << stringifyStatistic(getStatistic()) << ' ';
  printer.printFloat(getRange().getValue());
  printer << ", floor ";
  printer.printFloat(getFloor().getValue());
  printer << ", rounded " << (getRoundedTwice() ? "twice" : "once") << '>';
}

LogicalResult CodesAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t bits, Statistic, FloatAttr range,
                                FloatAttr floor, bool) {
  if ((bits < 2 || bits > 8) && bits != 16)
    return emitError() << "codes of activations have 2 to 8 bits or 16, not " << bits;
  for (auto [value, name] : {std::pair(range, "range"), std::pair(floor, "floor")})
    if (!value.getType().isF32() || !value.getValue().isFinite() || value.getValue().isNegative() ||
        value.getValue().isZero())
      return emitError() << "the " << name << " of codes must be a positive number, not " << value.getValueAsDouble();
  return success();
}

//===-- Tables ---------------------------------------------------------------===//

tern::GroupTable TableAttr::toGroupTable() const {
  return {getDigits() == DigitKind::Trits ? tern::Digits::Trits : tern::Digits::Signs, getGroup(),
          getRange() == TableRange::Mirrored};
}

int64_t TableAttr::paddedEntries() const {
  // A byte shuffle holds 16, the two halves of 8.
  return std::max<int64_t>(8, llvm::PowerOf2Ceil(uint64_t(toGroupTable().entries())));
}

VectorType TableAttr::tableType() const {
  Type byte = IntegerType::get(getContext(), 8), word = IntegerType::get(getContext(), 16);
  int64_t entries = paddedEntries();
  switch (getForm()) {
  case TableForm::Words:
    return VectorType::get({entries}, word);
  case TableForm::Halves:
    return VectorType::get({2 * entries}, byte);
  case TableForm::Bytes:
    return VectorType::get({entries}, byte);
  }
  llvm_unreachable("forms are listed above");
}

LogicalResult TableAttr::verify(function_ref<InFlightDiagnostic()> emitError, DigitKind digits, int64_t group,
                                TableRange, TableForm) {
  // 81 entries fill two registers of bytes; more would no longer be a shuffle.
  int64_t most = digits == DigitKind::Trits ? 4 : 6;
  if (group < 1 || group > most)
    return emitError() << "a table of " << stringifyDigitKind(digits) << " sums groups of 1 to " << most
                       << " activations, not " << group;
  return success();
}
