//===- program_version.h - What a tool's --version says -------------------===//
#pragma once

#include <string>
#include <string_view>

namespace tern {

/// Three lines, the last without its newline: "TOOL VERSION", "  LLVM ..." and "  host CPU ...".
/// `llvm` is the version of the LLVM in this program, or empty; `cpu` is LLVM's name of this CPU,
/// or empty for the name that its maker gave it.
std::string programVersion(std::string_view tool, std::string_view llvm = "", std::string_view cpu = "");

} // namespace tern
