//===- tool.h - What the mains of all tools do alike ----------------------------===//
#pragma once

#include "lib/base/paths.h"
#include "lib/base/process.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

namespace tern {

/// A tool's name, its messages and its exit statuses. Make it first in main.
class Tool {
public:
  static constexpr int kUsage = 2, kCannotWrite = 1;

  /// `errorStatus` is of everything that fails but usage and writing.
  explicit Tool(const char *name, int errorStatus = 1) : name(name), errorStatus(errorStatus) {
    beginProcess(name, errorStatus);
  }

  /// One line to standard error; the exit status.
  int fail(const std::string &message) const { return say(message, errorStatus); }
  int usageError(const std::string &message) const { return say(message + "; see " + name + " --help", kUsage); }
  int cannotWrite() const { return say("cannot write to standard output", kCannotWrite); }

  void warn(const std::string &message) const {
    std::fprintf(stderr, "%s: warning: %s\n", name.c_str(), message.c_str());
  }
  /// More threads than processors wait for each other in every step.
  void warnOfThreads(int64_t threads) const {
    int64_t processors = std::thread::hardware_concurrency();
    if (processors > 0 && threads > processors)
      warn(std::to_string(threads) + " threads on " + std::to_string(processors) +
           " processors are slower than one for each");
  }

  /// All of the text, and what was printed before, to standard output: 0, or the exit status of a failure.
  int print(std::string_view text) const {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return std::fflush(stdout) == 0 && !std::ferror(stdout) ? 0 : cannotWrite();
  }

  std::string name;

private:
  int say(const std::string &message, int status) const {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), message.c_str());
    return status;
  }
  int errorStatus;
};

/// The files of the command, and --force.
class PathOptions : public CommandPaths {
public:
  void addTo(CLI::App &app) {
    app.add_flag("--force", force, "Let an output replace a file of another kind, or one that the command reads");
  }
  Status check() const { return CommandPaths::check(force); }
  bool isForced() const { return force; }

private:
  bool force = false;
};

} // namespace tern
