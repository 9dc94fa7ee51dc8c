//===- kernel_choice.cpp - Layout and kernels of one weight matrix ---------===//
#include "compiler/select/kernel_choice.h"

#include "compiler/kernels/support/former_kernel.h"
#include "lib/base/text.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tern {
namespace {

/// Parses #ternary.TEXT as an Attr; the error, about `what`, is the parser's or the verifier's.
template <typename Attr>
Result<Attr> parseTernary(MLIRContext *context, const std::string &what, const std::string &text) {
  std::string problem = "does not parse";
  bool first = true;
  ScopedDiagnosticHandler keeper(context, [&](Diagnostic &diagnostic) {
    if (first)
      problem = diagnostic.str();
    first = false;
  });
  Attribute attribute = parseAttribute("#ternary." + text, context);
  if (attribute && !isa<Attr>(attribute))
    problem = "#ternary." + text + " is something else";
  if (!isa_and_nonnull<Attr>(attribute))
    return Error{what + ": " + problem};
  return cast<Attr>(attribute);
}

Result<ternary::LayoutAttr> parseLayoutText(MLIRContext *context, const std::string &text) {
  return parseTernary<ternary::LayoutAttr>(context, "layout " + quote(text), "layout<" + text + ">");
}

/// Of the former texts of kernels the layout told the loop nest.
Result<ternary::KernelAttr> parseKernelText(MLIRContext *context, const std::string &text, const Layout &layout) {
  return parseTernary<ternary::KernelAttr>(context, "kernel " + quote(text), currentKernelText(text, layout));
}

std::string textBehind(Attribute attribute, StringRef begin) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  attribute.print(stream);
  return text.substr(begin.size());
}

} // namespace

std::string layoutText(ternary::LayoutAttr layout) {
  std::string text = textBehind(layout, "#ternary.layout<");
  text.pop_back();
  return text;
}

std::string kernelText(ternary::KernelAttr kernel) { return textBehind(kernel, "#ternary."); }

WeightKernels kernelsOf(const KernelFamily &family, const TargetInfo &target, MLIRContext *context, std::string by) {
  const CpuFacts &facts = cpuFacts(target.cpu);
  return {&family, ternary::toAttr(context, family.layout), family.one(context, facts), family.block(context, facts),
          std::move(by)};
}

/// The kernel of one token for all planes of its code at once, or one after the other.
static ternary::KernelAttr kernelForOne(const WeightKernels &kernels) {
  int64_t planes = kernels.traits.planes;
  ternary::KernelAttr all =
      planes > 1 ? kernels.one.withTokens(planes, ternary::toLayout(kernels.layout)) : ternary::KernelAttr();
  return all ? all : kernels.one;
}

ternary::KernelAttr kernelFor(const WeightKernels &kernels, int64_t tokens, const TargetInfo &target) {
  int64_t rows = tokens * kernels.traits.planes;
  if (tokens == 1 || rows >= kernels.block.getTokens())
    return tokens == 1 ? kernelForOne(kernels) : kernels.block;
  for (const KernelFamily &family : kernelFamilies()) {
    if (!isRunnable(family, target) || family.blockTokens > rows)
      continue;
    WeightKernels other = kernelsOf(family, target, kernels.one.getContext(), kernels.by);
    if (other.layout == kernels.layout && other.one == kernels.one)
      return other.block;
  }
  return kernelForOne(kernels);
}

bool serves(const KernelFamily &family, const ProductTraits &traits) {
  const EncodingRules &rules = rulesOf(family.layout.encoding);
  if (traits.embeds && (rules.fields != Fields::Bits2 || rules.columnLines))
    return false; // whose rows ternary.embed does not read
  return traits.group == 0 || (family.scalesGroups && traits.group % family.layout.tileColumns == 0);
}

bool isRunnable(const KernelFamily &family, const TargetInfo &target) {
  return llvm::all_of(family.features, [&](std::string_view feature) { return target.has(feature); });
}

const KernelFamily &cheapestFamily(const TargetInfo &target, const ProductTraits &traits) {
  const KernelFamily *best = nullptr;
  auto costs = [&](const KernelFamily &family) { return std::pair(family.cost(traits), family.blockCost()); };
  for (const KernelFamily &family : kernelFamilies())
    if (family.exact && family.automatic && isRunnable(family, target) && serves(family, traits) &&
        (!best || costs(family) < costs(*best)))
      best = &family;
  return *best; // the portable family needs no feature, so there is one
}

Result<const KernelFamily *> runnableFamily(StringRef name, const TargetInfo &target) {
  const KernelFamily *family = findKernelFamily(name);
  if (!family) {
    std::string known;
    for (const KernelFamily &other : kernelFamilies())
      known += (known.empty() ? "" : ", ") + other.name.str();
    return Error{"there is no kernel family '" + printable(name) + "'; there are: " + known};
  }
  if (!isRunnable(*family, target))
    return Error{"kernel family '" + name.str() + "' needs features that " + target.cpu +
                 " does not have: " + llvm::join(family->features, ", ")};
  return family;
}

/// [ns, ns by default]; nothing when it is absent or something else.
static std::optional<MeasuredTime> measuredTime(DictionaryAttr choice, StringRef name) {
  auto times = choice.getAs<DenseF64ArrayAttr>(name);
  if (!times || times.size() != 2)
    return std::nullopt;
  return MeasuredTime{times[0], times[1]};
}

Result<DictionaryAttr> toAttribute(MLIRContext *context, const KernelChoice &choice, StringRef by,
                                   const std::optional<MeasuredTime> &decode,
                                   const std::optional<MeasuredTime> &prefill) {
  Builder b(context);
  NamedAttrList fields;
  fields.set("family", b.getStringAttr(choice.family));
  fields.set("by", b.getStringAttr(by));
  for (auto &[name, time] : {std::pair("decode_time", decode), std::pair("prefill_time", prefill)})
    if (time)
      fields.set(name, b.getDenseF64ArrayAttr({time->chosen, time->byDefault}));
  const KernelFamily *family = findKernelFamily(choice.family); // readChoice refuses what is none
  Layout layout = family ? family->layout : Layout();
  if (!choice.layout.empty()) {
    Result<ternary::LayoutAttr> attribute = parseLayoutText(context, choice.layout);
    if (!attribute)
      return Error{"layout: " + attribute.error().message};
    layout = ternary::toLayout(*attribute);
    fields.set("layout", *attribute);
  }
  for (auto [field, text] : {std::pair("decode", &choice.decode), std::pair("prefill", &choice.prefill)}) {
    if (text->empty())
      continue;
    Result<ternary::KernelAttr> attribute = parseKernelText(context, *text, layout);
    if (!attribute)
      return Error{std::string(field) + ": " + attribute.error().message};
    fields.set(field, *attribute);
  }
  return fields.getDictionary(context);
}

Result<WeightKernels> readChoice(DictionaryAttr choice, const TargetInfo &target, const ProductTraits &traits) {
  auto name = choice.getAs<StringAttr>("family");
  if (!name)
    return Error{"the choice has no family"};
  Result<const KernelFamily *> family = runnableFamily(name.getValue(), target);
  if (!family)
    return family.error();
  auto by = choice.getAs<StringAttr>("by");
  WeightKernels kernels = kernelsOf(**family, target, choice.getContext(), by ? by.str() : std::string(kChoiceAttr));
  kernels.decodeTime = measuredTime(choice, "decode_time");
  kernels.prefillTime = measuredTime(choice, "prefill_time");
  const WeightKernels standard = kernels;
  if (Attribute layout = choice.get("layout"))
    kernels.layout = dyn_cast<ternary::LayoutAttr>(layout);
  if (Attribute kernel = choice.get("decode"))
    kernels.one = dyn_cast<ternary::KernelAttr>(kernel);
  if (Attribute kernel = choice.get("prefill"))
    kernels.block = dyn_cast<ternary::KernelAttr>(kernel);
  if (!kernels.layout || !kernels.one || !kernels.block)
    return Error{"the choice needs a #ternary.layout as layout and kernels as decode and prefill"};
  if (Encoding own = (*family)->layout.encoding, other = ternary::toLayout(kernels.layout).encoding; own != other)
    return Error{"family " + name.str() + " packs weights as " + std::string(encodingName(own)) + ", not as " +
                 std::string(encodingName(other))};
  for (auto [kernel, own, what] :
       {std::tuple(kernels.one, standard.one, "decode"), std::tuple(kernels.block, standard.block, "prefill")})
    if (kernel.getStrategy() != own.getStrategy())
      return Error{std::string(what) + ": family " + name.str() + " has strategy " + own.getStrategy().str() +
                   ", not " + kernel.getStrategy().str()};
  std::string broken;
  ScopedDiagnosticHandler keeper(choice.getContext(), [&](Diagnostic &diagnostic) { broken = diagnostic.str(); });
  for (auto [kernel, what] : {std::pair(kernels.one, "decode"), std::pair(kernels.block, "prefill")})
    if (failed(ternary::verifyKernel([&] { return emitError(UnknownLoc::get(choice.getContext())); }, kernels.layout,
                                     kernel, traits.group)))
      return Error{std::string(what) + ": " + broken};
  for (auto [kernel, what] : {std::pair(kernels.one, "decode"), std::pair(kernels.block, "prefill")})
    for (StringRef feature : kernel.getFeatures())
      if (!target.has(std::string_view(feature)))
        return Error{std::string(what) + ": kernel " + quote(kernelText(kernel)) + " needs " + feature.str() +
                     ", which " + target.cpu + " does not have"};
  if (kernels.one.getTokens() != 1)
    return Error{"decode: its kernel is for one token, not for " + std::to_string(kernels.one.getTokens())};
  return kernels;
}

KernelChoice toChoice(StringRef family, ternary::LayoutAttr layout, ternary::KernelAttr decode,
                      ternary::KernelAttr prefill) {
  return {family.str(), layoutText(layout), kernelText(decode), kernelText(prefill)};
}

KernelChoice toChoice(const WeightKernels &kernels) {
  return toChoice(kernels.family->name, kernels.layout, kernels.one, kernels.block);
}

} // namespace tern
