//===- tern-run-prompt.h - Where tern-run's prompt comes from ---------------------===//
#pragma once

#include "lib/base/file.h"
#include "runtime/tern.h"
#include "tools/numbers.h"
#include "tools/tool.h"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <string>
#include <unistd.h>
#include <vector>

namespace tern {

/// A text of the command line, of a file or of standard input, or token ids.
class PromptOptions {
public:
  void addTo(CLI::App &app) {
    auto *given = app.add_option("-p,--prompt", text, "Text to continue; '-' is standard input")->type_name("TEXT");
    auto *file = app.add_option("-f,--file", path, "File with the text to continue; '-' is standard input")
                     ->type_name("FILE")
                     ->excludes(given);
    auto *list = app.add_option("--ids", idList, "Token ids to continue, comma-separated, instead of a text")
                     ->type_name("N,N,...")
                     ->excludes(given)
                     ->excludes(file);
    auto *tokens =
        app.add_flag("--special", special, "The text of a special token in the prompt ('<|eot_id|>') is that token");
    tokens->excludes(list);
    hasText = given;
    hasFile = file;
    hasIds = list;
  }

  void listIn(CommandPaths &paths) const { paths.reads("-f", path); }

  /// Reads what is no part of the command line; the exit status of a failure. A text file ends with a line break that
  /// is not meant: one at the end is left out, as of standard input.
  std::optional<int> read(const Tool &tool) {
    if (!hasIds->empty()) {
      Status status = parseIds();
      return status ? std::nullopt : std::optional(tool.usageError(status.error().message));
    }
    bool piped = hasText->empty() && hasFile->empty() && !::isatty(STDIN_FILENO);
    bool isStream = piped || path == "-" || (!hasText->empty() && text == "-");
    if (!isStream && hasFile->empty())
      return hasText->empty() ? std::optional(noPrompt(tool, "")) : std::nullopt;
    Result<std::string> content = isStream ? readStandardInput() : readFile(path, uint64_t(1) << 30);
    if (!content)
      return tool.fail(content.error().message);
    text = std::move(*content);
    if (text.ends_with('\n'))
      text.pop_back();
    return piped && text.empty() ? std::optional(noPrompt(tool, ", which is empty")) : std::nullopt;
  }

  /// The tokens; an error when the model has no tokenizer for the text.
  Result<std::vector<int32_t>> ids(tern_model *model) const {
    if (!hasIds->empty())
      return idValues;
    std::vector<int32_t> found(text.size() + 16);
    int flags = TERN_ADD_SPECIAL | (special ? TERN_PARSE_SPECIAL : 0);
    int64_t count = tern_tokenize(model, text.data(), text.size(), flags, found.data(), found.size());
    if (count > int64_t(found.size())) {
      found.resize(size_t(count));
      count = tern_tokenize(model, text.data(), text.size(), flags, found.data(), found.size());
    }
    if (count < 0)
      return Error{tern_last_error()};
    found.resize(size_t(count));
    return found;
  }

private:
  static int noPrompt(const Tool &tool, const char *why) {
    return tool.usageError(std::string("no prompt is given: a text with -p, -f or on standard input") + why +
                           ", or token ids with --ids");
  }

  Status parseIds() {
    std::string_view rest = idList;
    for (bool more = true; more;) {
      size_t comma = std::min(rest.find(','), rest.size());
      std::optional<int32_t> id = parseDecimal<int32_t>(rest.substr(0, comma));
      if (!id)
        return Error{"--ids: " + quote(rest.substr(0, comma)) +
                     " is no token id; decimal numbers with commas between them are"};
      idValues.push_back(*id);
      more = comma < rest.size();
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return {};
  }

  static Result<std::string> readStandardInput() {
    std::string content;
    char chunk[1 << 16];
    ssize_t count;
    while ((count = ::read(STDIN_FILENO, chunk, sizeof chunk)) != 0) {
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return fileError("standard input", "cannot read", errno);
      content.append(chunk, size_t(count));
    }
    return content;
  }

  std::string text, path, idList;
  bool special = false;
  std::vector<int32_t> idValues;
  const CLI::Option *hasText = nullptr, *hasFile = nullptr, *hasIds = nullptr;
};

} // namespace tern
