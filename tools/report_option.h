//===- report_option.h - --report=html[:FILE] of the tools that measure ---------===//
#pragma once

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "runtime/measure/report/page.h"
#include "tools/tool.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <string>

namespace tern {

/// Where a page of charts goes, if anywhere.
class ReportOption {
public:
  void addTo(CLI::App &app, const char *otherwise) {
    app.add_option("--report", text,
                   std::string("Also write what was measured as a page of charts (default file: ") + otherwise + ")")
        ->type_name("html[:FILE]")
        ->check(CLI::Validator(
            [](std::string &value) {
              return value == "html" || (value.starts_with("html:") && value.size() > 5)
                         ? std::string()
                         : "writes html, as in --report=html or --report=html:FILE, not '" + printable(value) + "'";
            },
            ""));
  }
  bool isAsked() const { return !text.empty(); }

  /// Without a name of its own the page lies beside `subject`, as its name with .html.
  void listIn(CommandPaths &paths, const std::filesystem::path &subject) const {
    if (isAsked())
      paths.writes("--report", pathFor(subject), kPageKind);
  }

  Status write(const std::string &page, const std::filesystem::path &subject) const {
    std::string path = pathFor(subject);
    Result<AtomicFile> file = AtomicFile::create(path);
    if (!file)
      return file.error();
    if (Status status = file->write(page); !status)
      return status;
    if (Status status = file->commit(); !status)
      return status;
    std::fprintf(stderr, "the report is in %s\n", path.c_str());
    return {};
  }

private:
  std::string pathFor(const std::filesystem::path &subject) const {
    return text.size() > 5 ? text.substr(5) : std::filesystem::path(subject).replace_extension("html").string();
  }
  std::string text; ///< "html", "html:FILE" or empty
};

} // namespace tern
