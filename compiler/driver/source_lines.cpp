//===- source_lines.cpp - Where machine code comes from in phase tiled --------===//
#include "compiler/driver/source_lines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/LocationSnapshot.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tern {

KernelSources locateInTiledText(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  generateLocationsFromIR(stream, kTiledFile, module, OpPrintingFlags());
  SmallVector<StringRef> lines;
  StringRef(text).split(lines, '\n');

  KernelSources sources;
  for (auto function : module.getOps<func::FuncOp>()) {
    auto place = dyn_cast<FileLineColLoc>(function.getLoc());
    if (!function->hasAttr("ternary.kernel") || !place)
      continue;
    // A function ends with a brace at its own indentation.
    size_t first = place.getLine() - 1, last = first;
    std::string end = lines[first].take_while([](char c) { return c == ' '; }).str() + "}";
    while (last + 1 < lines.size() && lines[last] != end)
      ++last;
    ArrayRef<StringRef> own = ArrayRef(lines).slice(first, last + 1 - first);
    sources[function.getSymName().str()] = {place.getLine(), llvm::join(own, "\n")};
  }
  return sources;
}

} // namespace tern
