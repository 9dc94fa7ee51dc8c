//===- command_line.cpp - What the tools with LLVM's command line do alike -----===//
#include "compiler/driver/command_line.h"

#include "lib/base/process.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

#include <string_view>
#include <unistd.h>

namespace tern {

static const char *toolName = "";

/// LLVM ends the process after it, with status 1; but at exit, where streams report what they could not write, nothing
/// may run any more.
static void reportFatalError(void *, const char *reason, bool) {
  std::string line = std::string(toolName) + ": " + reason + "\n";
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  ::_exit(1);
}

void beginLlvmTool(const char *name) {
  toolName = name;
  beginProcess(name);
  llvm::install_fatal_error_handler(reportFatalError);
}

int failTool(const std::string &message) {
  llvm::errs() << toolName << ": " << message << "\n";
  return 1;
}

int usageErrorOfTool(const std::string &message) {
  failTool(message + "; see " + toolName + " --help");
  return 2;
}

/// The first line of what llvm::cl reports, in the words of the other tools.
static std::string problemOf(llvm::StringRef report) {
  auto [line, rest] = report.trim().split('\n');
  line.consume_front(std::string(toolName) + ": ");
  if (!line.consume_front("Unknown command line argument '"))
    return line.split("  Try:").first.rtrim(".!").str();
  std::string problem = "there is no option " + line.split('\'').first.str();
  if (llvm::StringRef near = rest.split("Did you mean '").second.split('\'').first; !near.empty())
    problem += "; near names: " + near.str();
  return problem;
}

std::optional<int> parseLlvmOptions(int argc, char **argv, llvm::StringRef overview) {
  std::string problem;
  llvm::raw_string_ostream problems(problem);
  if (llvm::cl::ParseCommandLineOptions(argc, argv, overview, &problems))
    return std::nullopt;
  // A value that does not parse is reported by llvm::cl itself.
  return problem.empty() ? 2 : usageErrorOfTool(problemOf(problem));
}

} // namespace tern
