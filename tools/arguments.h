//===- arguments.h - How tools read their command lines ------------------------===//
#pragma once

#include "lib/base/text.h"
#include "lib/cpu/program_version.h"

#include <CLI/CLI.hpp>

#include <optional>

namespace tern {

/// Parses; nothing when the program goes on, else its exit status: 0 after --help and --version, 2 after a mistake,
/// which is reported in one line. `app` has the tool's name; `llvm` and `cpu` as in programVersion.
inline std::optional<int> parseArguments(CLI::App &app, int argc, char **argv, std::string_view llvm = "",
                                         std::string_view cpu = "") {
  app.set_version_flag("--version", programVersion(app.get_name(), llvm, cpu));
  app.failure_message([](const CLI::App *from, const CLI::Error &error) {
    return from->get_name() + ": " + printable(error.what()) + "; see " + from->get_name() + " --help\n";
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}

} // namespace tern
