//===- former_kernel.cpp - Kernels as tuning files had them -----------------===//
#include "compiler/kernels/support/former_kernel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace llvm;

namespace tern {
namespace {

/// The parameters that all kernels had.
constexpr StringLiteral kFormerParameters[] = {"unpack",  "tokens", "unroll",     "prefetch", "width",
                                               "stretch", "rows",   "skip_below", "range",    "form"};

struct Nest {
  StringLiteral name;
  std::initializer_list<StringLiteral> read; ///< of them
};

const Nest kRows = {"rows", {"unpack", "tokens", "unroll", "prefetch"}},
           kLanes = {"lanes", {"unpack", "tokens", "unroll", "prefetch", "width"}},
           kColumns = {"columns", {"prefetch", "width", "skip_below"}},
           kPanels = {"panels", {"tokens", "unroll", "width", "rows"}}, kAmx = {"amx", {"tokens", "rows"}},
           kLut = {"lut", {"tokens", "unroll", "prefetch", "width", "stretch"}},
           kBitSerial = {"bit_serial", {"prefetch", "width", "range", "form"}};

/// What told the nest of strategy dot.
const Nest &dotNest(StringRef unpack, const Layout &layout) {
  if (unpack == "panel")
    return kPanels;
  if (unpack == "tiles")
    return kAmx;
  if (layout.hasColumnLines())
    return kColumns;
  return layout.hasWordRows() ? kLanes : kRows;
}

} // namespace

std::string currentKernelText(StringRef text, const Layout &layout) {
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  StringRef strategy = parts.front().trim();
  if (!is_contained({"dot", "lut", "bit_serial"}, strategy))
    return text.str();
  SmallVector<std::pair<StringRef, StringRef>> parameters;
  StringRef unpack;
  for (StringRef part : ArrayRef(parts).drop_front()) {
    auto [name, value] = part.split('=');
    parameters.push_back({name.trim(), value.trim()});
    if (name.trim() == "unpack")
      unpack = value.trim();
  }
  const Nest &nest = strategy == "dot" ? dotNest(unpack, layout) : strategy == "lut" ? kLut : kBitSerial;
  std::string kept;
  for (auto [name, value] : parameters)
    if (is_contained(nest.read, name) || !is_contained(kFormerParameters, name)) // the parser refuses the latter
      kept += (kept.empty() ? "" : ", ") + name.str() + " = " + value.str();
  return nest.name.str() + (kept.empty() ? "" : "<" + kept + ">");
}

} // namespace tern
