//===- output.h - Where a phase's output goes --------------------------------===//
#pragma once

#include "compiler/phases.h"
#include "lib/base/paths.h"
#include "lib/base/result.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <string_view>
#include <vector>

namespace llvm {
class Module;
}

namespace tern {

std::string textOf(mlir::ModuleOp module);
std::string textOf(const llvm::Module &code);

/// Any MLIR text, also one without a phase; and what a phase writes.
extern const FileKind kMlirKind;
const FileKind &kindOf(Phase phase);

/// Whether a file can be written there, before minutes go into its content. What is no regular file (a device, a pipe)
/// is not opened for that.
Status checkOutput(const std::string &path);

/// Writes a file, which appears whole or not at all, or standard output ("-").
Status writeOutput(const std::string &bytes, const std::string &path);

/// The folder of --dump-phases: "0-graph.mlir", "1-ternary.mlir", ... Does nothing without one.
class PhaseDump {
public:
  /// Makes the folder when there is none; an empty name is no dump.
  static Result<PhaseDump> open(const std::string &folder);
  explicit operator bool() const { return !folder.empty(); }
  /// Phase llvm has two texts: "4-llvm.mlir", which tern-opt reads, and "4-llvm.ll".
  Status write(Phase phase, std::string_view extension, const std::string &bytes) const;

  /// All that a dump of the phases up to `last` writes.
  static std::vector<std::string> paths(const std::string &folder, Phase last);

private:
  std::string folder;
};

} // namespace tern
