//===- diagnostics.cpp - MLIR's diagnostics as one error -----------------------===//
#include "compiler/driver/diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

#include <algorithm>

using namespace mlir;

namespace tern {

DiagnosticKeeper::DiagnosticKeeper(MLIRContext &context)
    : handler(&context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error || !error.empty())
          return;
        if (auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
          error = place.getFilename().str() + ":" + std::to_string(place.getLine()) + ":" +
                  std::to_string(place.getColumn()) + ": ";
        error += diagnostic.str();
        std::ranges::replace(error, '\n', ' ');
      }) {}

} // namespace tern
