//===- text_tools.h - tern-opt and tern-reduce ---------------------------------===//
#pragma once

namespace mlir {
class DialectRegistry;
}

namespace tern {

/// The mains of the tools that read and write one MLIR text each; exit statuses 0, 1 and 2. Their output appears whole
/// or not at all, and replaces neither their input nor a file that is no MLIR text, unless it is forced.
int optMain(int argc, char **argv, mlir::DialectRegistry &registry);
int reduceMain(int argc, char **argv, mlir::DialectRegistry &registry);

} // namespace tern
