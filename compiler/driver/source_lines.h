//===- source_lines.h - Where machine code comes from in phase tiled ----------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"

#include <map>
#include <string>

namespace tern {

/// The file that the line tables of a model object name: what `ternc --emit=tiled` writes for the same checkpoint and
/// options.
inline constexpr const char *kTiledFile = "tiled.mlir";

/// The text of one function in that file, and the line on which it begins.
struct KernelSource {
  unsigned line = 0;
  std::string text;
};

using KernelSources = std::map<std::string, KernelSource>; ///< by the function's name

/// Gives every operation of a module of phase tiled its own line as location, so that later phases and the line table
/// lead back there, and returns the functions of products (those marked ternary.kernel).
KernelSources locateInTiledText(mlir::ModuleOp module);

} // namespace tern
