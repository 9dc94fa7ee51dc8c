//===- command_line.h - What the tools with LLVM's command line do alike -------===//
#pragma once

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace tern {

/// In main right behind llvm::InitLLVM, which takes the signals: beginProcess, and a fatal error of LLVM's is a line
/// that begins with the tool's name and exit status 1.
void beginLlvmTool(const char *name);

/// Parses what is registered; nothing when the program goes on, else its exit status: 2 after a mistake, which is
/// reported in one line.
std::optional<int> parseLlvmOptions(int argc, char **argv, llvm::StringRef overview);

/// One line to standard error with the tool's name; the exit status.
int failTool(const std::string &message);
int usageErrorOfTool(const std::string &message);

} // namespace tern
