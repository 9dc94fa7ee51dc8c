//===- remarks.h - What the compiler chose, as text or JSON lines ------------===//
//
// Passes report choices through MLIR's remark engine (mlir/IR/Remarks.h) as keys and values. The
// value under "Remark" is the readable line; the others are the same facts for programs.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mlir {
class MLIRContext;
}

namespace tern {

enum class RemarkForm {
  None,
  Text, ///< "remark: " and the readable line
  Json, ///< one object a line: "pass", "choice", "remark" and the remark's own keys
};

/// "text" or "json".
std::optional<RemarkForm> parseRemarkForm(std::string_view name);

/// Makes the context hand every remark to `report`, a line each.
void reportRemarks(mlir::MLIRContext &context, RemarkForm form, std::function<void(const std::string &)> report);

} // namespace tern
