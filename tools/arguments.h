//===- arguments.h - How tools read their command lines ------------------------===//
#pragma once

#include "lib/base/text.h"
#include "lib/cpu/program_version.h"
#include "tools/tool.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tern {

/// "there is no option --temprature; near names: --temperature".
inline std::string unknownOption(const CLI::App &app, const std::string &word) {
  std::string name = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const CLI::Option *option : app.get_options()) {
    for (const std::string &longName : option->get_lnames())
      known.push_back("--" + longName);
    for (const std::string &shortName : option->get_snames())
      known.push_back("-" + shortName);
  }
  std::vector<std::string> near = nearestNames(name, known, 3);
  return "there is no option " + printable(name) + (near.empty() ? "" : "; near names: " + join(near, ", "));
}

/// What is wrong with the command line. An unknown option comes first: what follows it was taken for something else.
inline std::string problemOf(const CLI::App &app, std::span<char *const> words, const CLI::ParseError &error) {
  std::vector<std::string> unexpected = app.remaining();
  for (const std::string &word : unexpected)
    if (word.size() > 1 && word[0] == '-')
      return unknownOption(app, word);
  // Letters behind one dash are short options, or the value of the first: -ngl is -n with the value "gl".
  bool aboutValue = error.get_name() == "ValidationError" || error.get_name() == "ConversionError";
  for (const std::string word : words)
    if (aboutValue && word.size() > 2 && word[0] == '-' &&
        std::all_of(word.begin() + 1, word.end(), [](unsigned char c) { return std::isalpha(c); }) &&
        std::string_view(error.what()).find('"' + word.substr(2) + '"') != std::string_view::npos)
      return unknownOption(app, word);
  if (!unexpected.empty())
    return (unexpected.size() == 1 ? "this word was not expected: " : "these words were not expected: ") +
           printable(join(unexpected, " "));
  return printable(error.what());
}

/// Parses; nothing when the program goes on, else its exit status: 0 after --help and --version, 1 when those cannot be
/// written, 2 after a mistake, which is reported in one line. `llvm` and `cpu` as in programVersion.
inline std::optional<int> parseArguments(const Tool &tool, CLI::App &app, int argc, char **argv,
                                         std::string_view llvm = "", std::string_view cpu = "") {
  app.set_version_flag("--version", programVersion(tool.name, llvm, cpu));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() != 0)
      return tool.usageError(problemOf(app, std::span(argv, size_t(argc)).subspan(1), error));
    app.exit(error);
    return std::cout.flush() ? 0 : tool.cannotWrite();
  }
  return std::nullopt;
}

} // namespace tern
