//===- diagnostics.h - MLIR's diagnostics as one error -------------------------===//
#pragma once

#include "mlir/IR/Diagnostics.h"

#include <string>

namespace tern {

/// While it lives, keeps the first error that MLIR reports, with "FILE:LINE:COLUMN: " where its
/// place in a text is known. What follows an error is mostly its consequence.
class DiagnosticKeeper {
public:
  explicit DiagnosticKeeper(mlir::MLIRContext &context);

  /// One line; `otherwise` when there was no error.
  std::string firstError(const std::string &otherwise) const { return error.empty() ? otherwise : error; }

private:
  std::string error;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace tern
